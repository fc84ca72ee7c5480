#!/bin/sh
# Exchanges the JWT of a CI job for an access token, and calls an API with it. No secret is stored in the CI system, and
# none is in an argument list: curl reads them from its standard input.
set -eu
: "${DRAWBRIDGE_URL:=http://localhost:8787/auth}" "${API_URL:=http://localhost:9000/api/employees}"
# With `permissions: id-token: write`, GitHub sets these two.
: "${ACTIONS_ID_TOKEN_REQUEST_URL:=http://localhost:8790/token?job=1}" "${ACTIONS_ID_TOKEN_REQUEST_TOKEN:=of-this-job}"

member() { node -p "JSON.parse(require('node:fs').readFileSync(0, 'utf8')).$1"; }
bearer() { printf 'header = "Authorization: Bearer %s"\n' "$1"; }

jwt=$(bearer "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
  curl -fsS -K - "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$DRAWBRIDGE_URL" | member value)

token=$(printf 'data-urlencode = "subject_token=%s"\n' "$jwt" |
  curl -fsS -K - "$DRAWBRIDGE_URL/token" \
    -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
    -d subject_token_type=urn:ietf:params:oauth:token-type:jwt \
    -d audience=demo | member access_token)

bearer "$token" | curl -fsS -K - "$API_URL"
