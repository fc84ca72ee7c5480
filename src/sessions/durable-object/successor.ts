import { grantOf, type Session } from '../session.ts';

/**
 * Pure: the session that continues another, with the grants of `last`, which is how that one ended: it may have refreshed
 * them since they were read. Returns the same object if nothing differs.
 */
export function mergedGrants(session: Session, last: Session): Session {
  const grants = session.grants.map((grant) => {
    const newest = grantOf(last, grant.provider);
    if (newest === undefined || newest.state !== grant.state) return grant;
    const isSame =
      newest.refresh_count === grant.refresh_count && newest.refresh_token === grant.refresh_token;
    return isSame ? grant : newest;
  });
  const isChanged = grants.some((grant, index) => grant !== session.grants[index]);
  return isChanged ? { ...session, grants } : session;
}
