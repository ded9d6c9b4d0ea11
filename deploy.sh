#!/usr/bin/env bash
# Sets up and deploys Quizboard to Google Cloud: PROJECT=my-project [REGION=europe-west1] ./deploy.sh
#
# Safe to run again: what is there stays, what has changed is brought up to date, and what failed goes on.
# DRY_RUN=1 prints the commands and runs none; what it prints is itself a script that does the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

PROJECT=${PROJECT:-}
REGION=${REGION:-europe-west1}
DRY_RUN=${DRY_RUN:-}
PYTHON=.venv/bin/python

# What the project says of itself; looked up below.
MODE='' NUMBER='' APP_ACCOUNT='' AGENT='' HOST=''

# Those with a dead-letter policy: Pub/Sub itself must be able to take messages out of them.
# tests/test_deploy.py keeps them as events/subscribers.py has them.
SUBSCRIPTIONS=(quizboard-leaderboard quizboard-history quizboard-names quizboard-erasure quizboard-stream)

main() {
    [[ $PROJECT =~ ^[a-z][a-z0-9-]+$ && $REGION =~ ^[a-z0-9-]+$ ]] ||
        stop "Which project? make deploy PROJECT=my-project [REGION=europe-west1] [DRY_RUN=1]"
    if [[ -n $DRY_RUN ]]; then echo "set -euo pipefail"; else have_tools; fi
    settle_environment
    enable_apis
    make_app_and_database
    make_accounts
    make_topics_and_subscriptions
    deploy_services
    seed_questions
    say_what_is_next
}

have_tools() {
    command -v gcloud >/dev/null ||
        stop "This needs the gcloud command: https://cloud.google.com/sdk/docs/install"
    gcloud auth application-default print-access-token >/dev/null 2>&1 ||
        stop "Topics and questions are written as you. Let this machine do that: gcloud auth application-default login"
}

settle_environment() {
    title "Google's own services, not a local cloud's; what a client of ours uses is counted on this project"
    run unset DATASTORE_EMULATOR_HOST PUBSUB_EMULATOR_HOST
    run export GOOGLE_CLOUD_QUOTA_PROJECT="$PROJECT"
}

enable_apis() {
    title "APIs"
    run gcloud services enable appengine.googleapis.com cloudbuild.googleapis.com cloudscheduler.googleapis.com \
        datastore.googleapis.com firestore.googleapis.com iam.googleapis.com pubsub.googleapis.com \
        --project="$PROJECT"
}

make_app_and_database() {
    local region=$REGION
    # App Engine has its own names for the two oldest regions.
    case $region in europe-west1 | us-central1) region=${region%1} ;; esac

    title "The App Engine app, whose region cannot be changed afterwards"
    is_there gcloud app describe --project="$PROJECT" ||
        run gcloud app create --region="$region" --project="$PROJECT"

    title "The database; a new app may have brought one along"
    is_there gcloud firestore databases describe --database='(default)' --project="$PROJECT" ||
        run gcloud firestore databases create --type=datastore-mode --location="$REGION" \
            --delete-protection --project="$PROJECT"
    look_up MODE gcloud firestore databases describe --database='(default)' --format='value(type)' \
        --project="$PROJECT"
    must_be "$MODE" DATASTORE_MODE \
        "The database of $PROJECT is Firestore in native mode. Quizboard needs Datastore mode: take another project."

    title "Its composite indexes; those that are there are left alone"
    run gcloud datastore indexes create index.yaml --project="$PROJECT" --quiet

    title "Events say when they may go, all but finished games"
    local ttls=(gcloud firestore fields ttls)
    is_there bash -c "${ttls[*]} list --collection-group=Event --project=$PROJECT | grep -q expires_at" ||
        run "${ttls[@]}" update expires_at --collection-group=Event --enable-ttl --async --project="$PROJECT"
}

make_accounts() {
    look_up NUMBER gcloud projects describe "$PROJECT" --format='value(projectNumber)'
    look_up APP_ACCOUNT gcloud app describe --format='value(serviceAccount)' --project="$PROJECT"
    AGENT=serviceAccount:service-$NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com
    local push=quizboard-push@$PROJECT.iam.gserviceaccount.com

    title "The app may use the database and, in organisations where that is not given by default, be built"
    local role
    for role in roles/datastore.user roles/cloudbuild.builds.builder; do
        run gcloud projects add-iam-policy-binding "$PROJECT" --member="serviceAccount:$APP_ACCOUNT" \
            --role="$role" --condition=None --format=none
    done

    title "Pub/Sub signs what it pushes as an account that may do nothing else"
    is_there gcloud iam service-accounts describe "$push" --project="$PROJECT" ||
        run gcloud iam service-accounts create quizboard-push --display-name="Quizboard push" \
            --project="$PROJECT"
    run gcloud beta services identity create --service=pubsub.googleapis.com --project="$PROJECT" --quiet
    run gcloud iam service-accounts add-iam-policy-binding "$push" --member="$AGENT" \
        --role=roles/iam.serviceAccountTokenCreator --condition=None --format=none --project="$PROJECT"
}

# Before the services: what a new version tells from its first minute on finds its subscriptions.
make_topics_and_subscriptions() {
    title "Topics and subscriptions"
    look_up HOST gcloud app describe --format='value(defaultHostname)' --project="$PROJECT"
    run "$PYTHON" -m events --project "$PROJECT" setup --push-base "https://events-dot-$HOST"

    title "The app tells events, Pub/Sub moves dead letters"
    run gcloud pubsub topics add-iam-policy-binding quizboard-events \
        --member="serviceAccount:$APP_ACCOUNT" --role=roles/pubsub.publisher --format=none --project="$PROJECT"
    run gcloud pubsub topics add-iam-policy-binding quizboard-dead-letters \
        --member="$AGENT" --role=roles/pubsub.publisher --format=none --project="$PROJECT"
    local subscription
    for subscription in "${SUBSCRIPTIONS[@]}"; do
        run gcloud pubsub subscriptions add-iam-policy-binding "$subscription" \
            --member="$AGENT" --role=roles/pubsub.subscriber --format=none --project="$PROJECT"
    done
}

# An app's first service must be the default one. After that the consumers come first: who hears an event must
# know it before anybody tells it. cron.yaml names them, so it comes last.
deploy_services() {
    title "Both services and cron; the consumers before those who tell"
    is_there gcloud app services describe default --project="$PROJECT" ||
        run gcloud app deploy app.yaml --project="$PROJECT" --quiet
    run gcloud app deploy events.yaml app.yaml cron.yaml --project="$PROJECT" --quiet
}

seed_questions() {
    title "The questions that ship; what is unchanged is not written"
    run "$PYTHON" seed_questions.py --project "$PROJECT"
}

say_what_is_next() {
    title "Done: https://$HOST"
    title "A new index is built for a minute or more, and boards are not there until it is READY:"
    title "  gcloud datastore indexes list --project=$PROJECT"
}

# Shows a command and runs it.
run() {
    printf '%s\n' "$(as_typed "$@")"
    [[ -n $DRY_RUN ]] || "$@"
}

# Whether a command that only looks finds something; if not, the command that follows makes it.
is_there() {
    echo "$(as_typed "$@") >/dev/null 2>&1 ||"
    if [[ -z $DRY_RUN ]] && "$@" >/dev/null 2>&1; then return 0; fi
    printf '    '
    return 1
}

# Sets a variable to what a command says; in a dry run, to its own name.
look_up() {
    local name=$1 value
    shift
    echo "$name=\$($(as_typed "$@"))"
    if [[ -n $DRY_RUN ]]; then value="\$$name"; else value=$("$@"); fi
    printf -v "$name" '%s' "$value"
}

must_be() {
    if [[ -n $DRY_RUN ]]; then
        echo "[[ \"$1\" == $2 ]]"
    elif [[ $1 != "$2" ]]; then
        stop "$3"
    fi
}

as_typed() {
    local word flag quote line=
    for word; do
        case $word in
            *'$'*) quote='"' ;;
            *[!A-Za-z0-9_@%+=:,./-]*) quote="'" ;;
            *) quote= ;;
        esac
        case $word in --*=*) flag=${word%%=*}= ;; *) flag= ;; esac
        line+=" $flag$quote${word#"$flag"}$quote"
    done
    printf '%s' "${line# }"
}

title() {
    echo "# $*"
}

stop() {
    echo "$*" >&2
    exit 1
}

main
