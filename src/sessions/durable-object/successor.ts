import { grantOf, type Session } from '../session.ts';

/**
 * Pure: the session that goes on for another, with the grants as they were in `last`, at the very end of that one: it
 * may have refreshed them since they were read. The very same if they are.
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
