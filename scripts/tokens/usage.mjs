export const USAGE = `Usage: npm run tokens -- COMMAND [arguments] [options] [URL | --local]

What a Worker keeps of its users: sessions, connections, grants, tokens.

Commands
  list                     the sessions: who, which provider, which scope, until when
  show ID                  one session: grants, sizes, timeline of refreshes and faults
  reveal ID                its tokens and claims; the Worker's log says that you did
  refresh ID               refreshes a grant now
  revoke ID                ends the session and revokes its tokens at the provider
  revoke --provider P --sub S
                           ends every session of that user
  logins [FLOW]            how the last logins went, or the one whose flow id the user's error page names
  connections [ID]         what programs may use: label, owner, provider, state, last use; or one, with its keys
  end ID                   ends a connection and all its keys
  reseal                   re-encrypts every record with the first secret of SESSION_SECRET
  export                   every session as a JSON line; with --reveal its tokens too

An ID may be cut to its first six characters or more, if no other session begins so.

Which Worker
  URL, or DRAWBRIDGE_URL   a deployed one: https://login.example.com
  --local                  the one of \`npm run dev\`, at PORT or 8787; its token is in .dev.vars
  ADMIN_TOKEN              the token of a deployed one, in the environment; if it is not there you are asked for it.
                           It is never an argument: arguments are seen by everyone on the machine.

Options
  --provider P             list, export: with a grant of P; show, reveal, refresh, revoke: that grant
  --sub S                  list, export: of that subject
  --expiring HOURS         list, export: that end within so many hours, however much they are used
  --failed                 list, export: whose last refresh failed; logins: that failed
  --limit N                list, logins: how many (50); export: how many (all)
  --reveal                 export: with tokens
  --json                   JSON for programs; tables are for people
  --help

Ends with 0 when done, 1 when the Worker says no or can't be reached, 2 when the command is not understood.

Examples
  npm run tokens -- list --local
  npm run tokens -- list --local --failed
  npm run tokens -- list https://login.example.com --provider google --sub 1234567890
  npm run tokens -- show 3f9a1c --local
  npm run tokens -- revoke --provider google --sub 1234567890 https://login.example.com
  npm run -s tokens -- export --local > sessions.jsonl`;
