#!/bin/sh
# Prints the list of employees. The request goes through Drawbridge, so this machine never has the token.
set -eu
npx drawbridge curl demo /employees --fail --silent --show-error
