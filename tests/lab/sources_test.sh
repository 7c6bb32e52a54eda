#!/bin/bash
# SPDX-License-Identifier: MIT
# Which of a machine's package sources scripts/bootstrap takes, and as what.
# usage: sources_test.sh BOOTSTRAP
set -euo pipefail

bootstrap=$1
etc=$(mktemp -d)
trap 'rm -rf "$etc"' EXIT
mkdir "$etc/sources.list.d"
failed=0

# expect NAME RELEASE SUITE WANTED: the paragraphs, each on one line
expect() {
	local got
	got=$("$bootstrap" --sources "$etc" "$2" "$3" | awk '
		NF { line = line $0 ";" }
		!NF && line != "" { print line; line = "" }
		END { if (line != "") print line }')
	if [ "$got" != "$4" ]; then
		printf '%s: got\n%s\nwanted\n%s\n' "$1" "$got" "$4"
		failed=1
	fi
}

fresh() { rm -f "$etc/sources.list" "$etc"/sources.list.d/*; }

expect nothing bookworm bookworm-backports ""

echo "deb http://mirror.example/debian bookworm main" >"$etc/sources.list"
expect one-line bookworm bookworm-backports \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm-backports;Components: main;"
expect other-release trixie trixie-backports ""

cat >"$etc/sources.list" <<'END'
# deb http://mirror.example/commented bookworm main
deb-src http://mirror.example/source bookworm main
deb cdrom:[Debian 12]/ bookworm main
  deb [arch=amd64,i386 signed-by=/k.gpg] http://mirror.example/debian   bookworm main contrib # end
deb http://mirror.example/security bookworm-security main
deb http://mirror.example/other stable-thing main
deb http://mirror.example/vendor bookworm stable
END
expect options bookworm bookworm-backports \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm-backports;Components: main;Signed-By: /k.gpg;"
expect updates bookworm "" \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm;Components: main;Signed-By: /k.gpg;
Types: deb;URIs: http://mirror.example/security;Suites: bookworm-security;Components: main;"

fresh
cat >"$etc/sources.list.d/old.list" <<'END'
deb http://mirror.example/debian stable contrib main
deb http://mirror.example/security oldstable-security main
END
expect by-alias bookworm bookworm-backports \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm-backports;Components: main;"
expect by-alias-updates bookworm "" \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm;Components: main;
Types: deb;URIs: http://mirror.example/security;Suites: bookworm-security;Components: main;"

fresh
cat >"$etc/sources.list.d/debian.sources" <<'END'
# A comment.
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main non-free
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ

Types: deb
URIs: http://mirror.example/security
# In the middle.
Suites: bookworm-security
Components: main
Signed-By: /k.gpg

Types: deb
Enabled: no
URIs: http://mirror.example/off
Suites: bookworm
Components: main

Types: deb
URIs: http://mirror.example/vendor
Suites: bookworm
Components: stable

Types: deb-src
URIs: http://mirror.example/source
Suites: bookworm
Components: main
END
key="Signed-By:; -----BEGIN PGP PUBLIC KEY BLOCK-----; .; mQ;"
expect deb822 bookworm bookworm-backports \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm-backports;Components: main;$key"
expect deb822-updates bookworm "" \
	"Types: deb;URIs: http://mirror.example/debian;Suites: bookworm bookworm-updates;Components: main;$key
Types: deb;URIs: http://mirror.example/security;Suites: bookworm-security;Components: main;Signed-By: /k.gpg;"

exit $failed
