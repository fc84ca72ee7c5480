export const USAGE = `Usage: npm run tokens -- COMMAND [arguments] [options] [URL | --local]

Lists and manages what a Worker stores about its users: sessions, connections, grants, tokens.

Commands
  list                     the sessions: who, which provider, which scope, until when
  show ID                  one session: grants, sizes, timeline of refreshes and errors
  reveal ID                its tokens and claims; this is logged
  refresh ID               refreshes a grant now
  revoke ID                ends the session and revokes its tokens at the provider
  revoke --provider P --sub S
                           ends every session and connection of that user
  logins [FLOW]            recent logins and how they ended, or the one with the flow id from the user's error page
  connections [ID]         what programs may use: label, owner, provider, state, last use; or one, with its keys
  end ID                   ends a connection and all its keys (the whole ID)
  reseal                   re-encrypts every record with the first secret of SESSION_SECRET
  export                   every session as a JSON line; with --reveal its tokens too

The first six characters of a session's ID are enough, if no other session begins with them.

Which Worker
  URL, or DRAWBRIDGE_URL   a deployed one: https://login.example.com
  --local                  the one of \`npm run dev\`, at PORT or 8787; its token is in .dev.vars
  ADMIN_TOKEN              the token of a deployed one, in the environment; without it, you are prompted for it.
                           It is never an argument: everyone on the machine can see arguments.

Options
  --provider P             list, export: sessions with a grant of P; reveal, refresh: that grant; revoke: with --sub
  --sub S                  list, export: sessions of that subject; revoke: with --provider
  --expiring HOURS         list, export: sessions that end within HOURS, even while in use
  --failed                 list, export: sessions whose last refresh failed; logins: failed ones
  --limit N                list, logins: how many (50); export: how many (all)
  --reveal                 export: with tokens
  --json                   JSON for programs instead of tables
  --help

Exits with 0 if done, 1 if the Worker refuses or can't be reached, 2 if the command is invalid.

Examples
  npm run tokens -- list --local
  npm run tokens -- list --local --failed
  npm run tokens -- list https://login.example.com --provider google --sub 1234567890
  npm run tokens -- show 3f9a1c --local
  npm run tokens -- revoke --provider google --sub 1234567890 https://login.example.com
  npm run -s tokens -- export --local > sessions.jsonl`;
