#!/bin/sh
# Hears of decisions: proves who sends them, and works through each event once.
set -eu

seen=${SEEN:-seen}
largest=1048576
tolerance=300

body=$(mktemp)
trap 'rm -f "$body"' EXIT

# answer CODE REASON: end with that status.
answer() {
    printf 'Status: %s %s\r\nContent-Type: text/plain\r\n\r\n' "$1" "$2"
    exit 0
}

# hex_of BASE64: the bytes in hexadecimal, nothing where it is no base64.
hex_of() { printf '%s' "$1" | openssl base64 -d -A 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; }

# signed_with SECRET: what the signature must be, in hexadecimal.
signed_with() {
    { printf '%s.%s.' "$id" "$timestamp"; cat "$body"; } |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(hex_of "${1#whsec_}")" | sed 's/.* //'
}

# same A B: compared through their hashes, so that the time taken tells nothing about either.
same() { [ "$(printf '%s' "$1" | openssl dgst -sha256)" = "$(printf '%s' "$2" | openssl dgst -sha256)" ]; }

# proven: does one of the secrets fit one of the signatures? Several secrets count while one is being rotated.
proven() {
    case $timestamp in '' | *[!0-9]* | ?????????????*) return 1 ;; esac
    away=$(($(date +%s) - timestamp))
    [ -n "$id" ] && [ "${away#-}" -le "$tolerance" ] || return 1
    for secret in $(printf '%s' "$WEBHOOK_SECRET" | tr ',' ' '); do
        expected=$(signed_with "$secret")
        for signature in $signatures; do
            case $signature in v1,?*) same "$(hex_of "${signature#v1,}")" "$expected" && return 0 ;; esac
        done
    done
    return 1
}

# work: what your program does about a decision.
work() {
    jq -r 'if .status == "approved" and (.outcome // "approved") == "approved"
           then "\(.request_id): approved, refunding \(.payload.amount)"
           else "\(.request_id): \(.outcome // .status) (\(.decision_note))" end' "$body" >&2
}

id=${HTTP_WEBHOOK_ID:-}
timestamp=${HTTP_WEBHOOK_TIMESTAMP:-}
signatures=${HTTP_WEBHOOK_SIGNATURE:-}
set -f # what strangers send is never a pattern

head -c "${CONTENT_LENGTH:-$largest}" | head -c "$largest" >"$body"
proven || answer 401 Unauthorized

# The name of the file is the id's hash; making it fails where it exists, in any process.
mkdir -p "$seen"
claim=$seen/$(printf '%s' "$id" | openssl dgst -sha256 | sed 's/.* //')
(set -C && : >"$claim") 2>/dev/null || answer 204 'No Content'
work || {
    rm -f "$claim"
    answer 500 'Internal Server Error'
}
answer 204 'No Content'
