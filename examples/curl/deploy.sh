#!/bin/sh
# Ask before deploying a version, and deploy once somebody has said yes.
set -eu

version=${1:?usage: deploy.sh VERSION}
desk=${SENTINEL_DESK_URL:?the address of the desk}/api/v1/requests
: "${SENTINEL_DESK_API_KEY:?the key of this agent}"

# call ARGUMENTS...: curl that fails on errors and tries again when it is worth it. The key goes through a pipe
# and not through the arguments, which everybody on the machine can read.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "$SENTINEL_DESK_API_KEY" |
        curl --config - --silent --show-error --fail-with-body --max-time 90 --retry 5 --retry-connrefused "$@"
}

body=$(jq -n --arg version "$version" '{
    title: "Deploy \($version) to production",
    payload: {version: $version, domain: "operations"}
}')
# The same key at every try: if an answer gets lost, the desk gives it again.
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
id=$(call --header 'Content-Type: application/json' --header "Idempotency-Key: $key" --data-binary "$body" "$desk" |
    jq -er .id)
echo "asked: $id"

status=pending
while [ "$status" = pending ]; do
    answer=$(call --header 'Prefer: wait=55' "$desk/$id") || {
        # 22 is an answer that says no; anything else is a desk that is being restarted.
        [ $? -ne 22 ] || exit 1
        sleep 5
        continue
    }
    status=$(printf '%s' "$answer" | jq -er .status)
done

if [ "$status" != approved ]; then
    printf '%s' "$answer" | jq -r '"\(.outcome // .status): \(.decision_note // "nobody said why")"' >&2
    exit 1
fi
echo "approved, deploying $version"
