"""The written table: what every route answers to everybody.

A row is a method, the route as it is written, and one status for each of :data:`PEOPLE` or
:data:`PROGRAMS`, who send nothing but what lets them in. So 422 means: let in, and told what is
missing; 303 of somebody who is signed in: done; 303 of nobody: off to sign in.
"""

PEOPLE = ("nobody", "support", "staff", "admin", "stranger", "operator")
# Whose keys open nothing here, and then: one for reading alone, and one of each role.
STRANGERS = ("none", "unknown", "revoked", "expired", "foreign")
PROGRAMS = (*STRANGERS, "reader key", "support key", "staff key", "admin key")

_PAGES = """
GET / 303 200 200 200 200 200
GET /accounts 303 200 200 200 200 200
GET /accounts/<account_id>/edit 303 403 403 200 404 200
POST /accounts/<account_id>/edit 303 403 403 422 404 422
POST /accounts/<account_id>/enter 303 303 303 303 404 303
POST /accounts/<account_id>/invite 303 403 403 403 403 200
GET /accounts/new 303 403 403 403 403 200
POST /accounts/new 303 403 403 403 403 422
GET /accounts/staff 303 403 403 403 403 200
POST /accounts/staff 303 403 403 403 403 422
POST /accounts/staff/<person_id>/dismiss 303 403 403 403 403 303
GET /accounts/staff/<person_id>/off 303 403 403 403 403 200
POST /accounts/staff/<person_id>/off 303 403 403 403 403 422
POST /accounts/staff/<person_id>/on 303 403 403 403 403 303
GET /api/openapi.json 200 200 200 200 200 200
POST /calendar 303 303 303 303 303 303
GET /calls/<call_id> 303 200 200 200 404 200
GET /calls/<call_id>/rehearsal 303 200 200 200 404 200
POST /calls/<call_id>/replay 303 303 303 303 404 303
GET /confirm 303 200 200 200 200 200
POST /confirm 303 422 422 422 422 422
GET /deliveries 303 200 200 200 200 200
GET /deliveries/<delivery_id> 303 200 200 200 404 200
GET /deliveries/<delivery_id>/attempts/<attempt_id>/request 303 200 200 200 404 200
GET /deliveries/<delivery_id>/attempts/<attempt_id>/response 303 200 200 200 404 200
POST /deliveries/<delivery_id>/resend 303 303 303 303 404 303
POST /deliveries/columns 303 303 303 303 303 303
GET /deliveries/export.csv 303 200 200 200 200 200
GET /deliveries/export.ndjson 303 200 200 200 200 200
GET /deliveries/fresh 303 200 200 200 204 200
GET /events 303 200 200 200 200 200
GET /events/<event_id> 303 200 200 200 404 200
GET /events/<event_id>/data 303 200 200 200 404 200
GET /forgot 200 200 200 200 200 200
POST /forgot 200 200 200 200 200 200
GET /health 200 200 200 200 200 200
GET /help 303 200 200 200 200 200
POST /hooks/in/<token> 404 404 404 404 404 404
GET /invitations/<token> 404 404 404 404 404 404
POST /invitations/<token> 404 404 404 404 404 404
GET /login 200 303 303 303 303 303
POST /login 422 422 422 422 422 422
GET /login/code 303 303 303 303 303 303
POST /login/code 303 303 303 303 303 303
GET /login/single-sign-on 404 404 404 404 404 404
GET /login/single-sign-on/again 404 404 404 404 404 404
GET /login/single-sign-on/back 404 404 404 404 404 404
POST /logout 303 303 303 303 303 303
GET /notices 303 200 200 200 200 200
POST /notices/<notice_id>/seen 303 403 303 303 404 303
POST /notices/seen 303 403 303 303 303 303
GET /password/<token> 303 303 303 303 303 303
POST /password/<token> 303 303 303 303 303 303
GET /profile 303 200 200 200 200 200
POST /profile/password 303 422 422 422 422 422
GET /profile/second-step 303 200 200 200 200 200
POST /profile/second-step 303 303 303 303 303 303
POST /profile/second-step/codes 303 422 422 422 422 422
POST /profile/second-step/off 303 422 422 422 422 422
POST /profile/second-step/on 303 422 422 422 422 422
POST /profile/sessions/<session_id>/end 303 404 404 404 404 404
POST /profile/sessions/end-others 303 303 303 303 303 303
POST /resends 303 303 303 303 303 303
GET /resends/<resend_id> 303 200 200 200 404 200
POST /resends/<resend_id>/<any(pause,resume,cancel):turn> 303 303 303 303 404 303
GET /resends/new 303 200 200 200 200 200
GET /sandbox 303 200 200 200 200 200
POST /sandbox 303 403 303 303 303 303
GET /sandbox/<token> 303 200 200 200 404 200
POST /sandbox/<token> 200 200 200 200 200 200
POST /sandbox/<token>/answer 303 403 422 422 404 422
POST /sandbox/try 303 403 303 303 303 303
GET /settings/api-keys 303 403 403 200 200 200
POST /settings/api-keys 303 403 403 422 422 422
GET /settings/api-keys/<key_id>/edit 303 403 403 200 404 200
POST /settings/api-keys/<key_id>/edit 303 403 403 422 404 422
POST /settings/api-keys/<key_id>/revoke 303 403 403 303 404 303
GET /settings/audit 303 403 403 200 200 200
GET /settings/audit/export.csv 303 403 403 200 200 200
GET /settings/audit/export.ndjson 303 403 403 200 200 200
GET /settings/event-types 303 200 200 200 200 200
GET /settings/event-types/<key> 303 200 200 200 404 200
GET /settings/event-types/<key>/delete 303 403 403 200 404 200
POST /settings/event-types/<key>/delete 303 403 403 422 404 422
GET /settings/event-types/<key>/edit 303 403 403 200 404 200
POST /settings/event-types/<key>/edit 303 403 403 422 404 422
GET /settings/event-types/new-type 303 403 403 200 200 200
POST /settings/event-types/new-type 303 403 403 422 422 422
GET /settings/masks 303 403 403 200 200 200
POST /settings/masks 303 403 403 422 422 422
GET /settings/masks/<mask_id> 303 403 403 200 404 200
POST /settings/masks/<mask_id> 303 403 403 422 404 422
POST /settings/masks/<mask_id>/delete 303 403 403 303 404 303
POST /settings/masks/usual 303 403 403 303 303 303
GET /settings/people 303 403 403 200 200 200
POST /settings/people 303 403 403 200 200 200
GET /settings/people/<person_id>/off 303 403 403 200 404 200
POST /settings/people/<person_id>/off 303 403 403 422 404 422
POST /settings/people/<person_id>/on 303 403 403 303 404 303
POST /settings/people/<person_id>/password-link 303 403 403 200 404 200
GET /settings/people/<person_id>/remove 303 403 403 200 404 200
POST /settings/people/<person_id>/remove 303 403 403 422 404 422
POST /settings/people/<person_id>/role 303 403 403 303 404 303
POST /settings/people/invitations/<invitation_id>/withdraw 303 403 403 303 404 303
GET /settings/policies 303 200 200 200 200 200
GET /settings/policies/<slug>/delete 303 403 403 200 404 200
POST /settings/policies/<slug>/delete 303 403 403 422 404 422
GET /settings/policies/<slug>/edit 303 403 403 200 404 200
POST /settings/policies/<slug>/edit 303 403 403 422 404 422
GET /settings/policies/new 303 403 403 200 200 200
POST /settings/policies/new 303 403 403 422 422 422
GET /settings/webhooks 303 200 200 200 200 200
GET /settings/webhooks/<hook_id> 303 200 200 200 404 200
GET /settings/webhooks/<hook_id>/delete 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/delete 303 403 422 422 404 422
GET /settings/webhooks/<hook_id>/deliveries 303 200 200 200 404 200
GET /settings/webhooks/<hook_id>/edit 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/edit 303 403 422 422 404 422
GET /settings/webhooks/<hook_id>/filter 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/filter 303 403 303 303 404 303
POST /settings/webhooks/<hook_id>/postpone 303 403 303 303 404 303
GET /settings/webhooks/<hook_id>/security 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/security 303 403 303 303 404 303
GET /settings/webhooks/<hook_id>/security/reveal 303 403 403 200 404 200
POST /settings/webhooks/<hook_id>/security/reveal 303 403 403 422 404 422
GET /settings/webhooks/<hook_id>/security/secrets/<secret_id>/end 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/security/secrets/<secret_id>/end 303 403 303 303 404 303
GET /settings/webhooks/<hook_id>/switch 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/switch 303 403 400 400 404 400
GET /settings/webhooks/<hook_id>/test 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/test 303 403 422 422 404 422
GET /settings/webhooks/<hook_id>/url 303 403 200 200 404 200
POST /settings/webhooks/<hook_id>/url 303 403 422 422 404 422
POST /settings/webhooks/<hook_id>/url/back 303 403 303 303 404 303
POST /settings/webhooks/<hook_id>/url/sandbox 303 403 303 303 404 303
POST /settings/webhooks/<hook_id>/url/switch 303 403 422 422 404 422
GET /settings/webhooks/export.json 303 403 200 200 200 200
GET /settings/webhooks/import 303 403 200 200 200 200
POST /settings/webhooks/import 303 403 422 422 422 422
GET /settings/webhooks/new 303 403 200 200 200 200
POST /settings/webhooks/new 303 403 422 422 422 422
GET /setup/<token> 303 303 303 303 303 303
POST /setup/<token> 303 303 303 303 303 303
GET /static/<path:filename> 200 200 200 200 200 200
POST /theme 303 303 303 303 303 303
GET /triggers 303 200 200 200 200 200
GET /triggers/<trigger_id> 303 200 200 200 404 200
GET /triggers/<trigger_id>/address 303 403 200 200 404 200
POST /triggers/<trigger_id>/address 303 403 303 303 404 303
GET /triggers/<trigger_id>/calls 303 200 200 200 404 200
GET /triggers/<trigger_id>/calls/fresh 303 200 200 200 404 200
GET /triggers/<trigger_id>/calls/replay 303 200 200 200 404 200
POST /triggers/<trigger_id>/calls/replay 303 303 303 303 404 303
GET /triggers/<trigger_id>/delete 303 403 200 200 404 200
POST /triggers/<trigger_id>/delete 303 403 422 422 404 422
GET /triggers/<trigger_id>/edit 303 403 200 200 404 200
POST /triggers/<trigger_id>/edit 303 403 422 422 404 422
GET /triggers/<trigger_id>/reveal 303 403 403 200 404 200
POST /triggers/<trigger_id>/reveal 303 403 403 422 404 422
GET /triggers/<trigger_id>/rules 303 200 200 200 404 200
POST /triggers/<trigger_id>/rules/<int:number> 303 403 400 400 404 400
GET /triggers/<trigger_id>/rules/<int:number>/delete 303 403 200 200 404 200
POST /triggers/<trigger_id>/rules/<int:number>/delete 303 403 303 303 404 303
GET /triggers/<trigger_id>/rules/<int:number>/edit 303 403 200 200 404 200
POST /triggers/<trigger_id>/rules/<int:number>/edit 303 403 409 409 404 409
GET /triggers/<trigger_id>/rules/new 303 403 200 200 404 200
POST /triggers/<trigger_id>/rules/new 303 403 303 303 404 303
POST /triggers/<trigger_id>/switch 303 403 400 400 404 400
GET /triggers/<trigger_id>/try 303 200 200 200 404 200
POST /triggers/<trigger_id>/try 303 200 200 200 404 200
GET /triggers/<trigger_id>/versions 303 200 200 200 404 200
GET /triggers/<trigger_id>/versions/<number> 303 200 200 200 404 200
GET /triggers/<trigger_id>/versions/<number>/restore 303 403 200 200 404 200
POST /triggers/<trigger_id>/versions/<number>/restore 303 403 303 303 404 303
GET /triggers/new 303 403 200 200 200 200
POST /triggers/new 303 403 422 422 422 422
GET /watch 303 200 200 200 200 200
POST /watch/<hook_id>/check 303 303 303 303 404 303
"""

_API = """
GET /api/v1/audit 401 401 401 401 200 403 403 403 200
GET /api/v1/calls/<call_id> 401 401 401 401 404 200 200 200 200
POST /api/v1/calls/<call_id>/replay 401 401 401 401 404 403 202 202 202
GET /api/v1/deliveries 401 401 401 401 200 200 200 200 200
GET /api/v1/deliveries/<delivery_id> 401 401 401 401 404 200 200 200 200
POST /api/v1/deliveries/<delivery_id>/resend 401 401 401 401 404 403 202 202 202
POST /api/v1/deliveries/resend 401 401 401 401 422 403 422 422 422
GET /api/v1/event-types 401 401 401 401 200 200 200 200 200
POST /api/v1/event-types 401 401 401 401 422 403 403 403 422
DELETE /api/v1/event-types/<key> 401 401 401 401 404 403 403 403 204
GET /api/v1/event-types/<key> 401 401 401 401 404 200 200 200 200
PATCH /api/v1/event-types/<key> 401 401 401 401 404 403 403 403 200
POST /api/v1/events 401 401 401 401 422 403 422 422 422
GET /api/v1/events/<event_id> 401 401 401 401 404 200 200 200 200
POST /api/v1/events/batch 401 401 401 401 422 403 422 422 422
GET /api/v1/health 200 200 200 200 200 200 200 200 200
GET /api/v1/hooks 401 401 401 401 200 200 200 200 200
POST /api/v1/hooks 401 401 401 401 422 403 403 422 422
DELETE /api/v1/hooks/<hook_id> 401 401 401 401 404 403 403 204 204
GET /api/v1/hooks/<hook_id> 401 401 401 401 404 200 200 200 200
PATCH /api/v1/hooks/<hook_id> 401 401 401 401 404 403 403 200 200
POST /api/v1/hooks/<hook_id>/secret/rotate 401 401 401 401 404 403 403 200 200
POST /api/v1/hooks/<hook_id>/test 401 401 401 401 404 403 403 409 409
GET /api/v1/policies 401 401 401 401 200 200 200 200 200
POST /api/v1/policies 401 401 401 401 422 403 403 403 422
DELETE /api/v1/policies/<slug> 401 401 401 401 404 403 403 403 204
GET /api/v1/policies/<slug> 401 401 401 401 404 200 200 200 200
PATCH /api/v1/policies/<slug> 401 401 401 401 404 403 403 403 200
GET /api/v1/resends/<resend_id> 401 401 401 401 404 200 200 200 200
POST /api/v1/resends/<resend_id>/cancel 401 401 401 401 404 403 200 200 200
POST /api/v1/resends/<resend_id>/pause 401 401 401 401 404 403 200 200 200
POST /api/v1/resends/<resend_id>/resume 401 401 401 401 404 403 409 409 409
GET /api/v1/triggers 401 401 401 401 200 200 200 200 200
POST /api/v1/triggers 401 401 401 401 422 403 403 422 422
DELETE /api/v1/triggers/<trigger_id> 401 401 401 401 404 403 403 204 204
GET /api/v1/triggers/<trigger_id> 401 401 401 401 404 200 200 200 200
PATCH /api/v1/triggers/<trigger_id> 401 401 401 401 404 403 403 200 200
GET /api/v1/triggers/<trigger_id>/calls 401 401 401 401 404 200 200 200 200
POST /api/v1/triggers/<trigger_id>/parse 401 401 401 401 404 200 200 200 200
POST /api/v1/triggers/<trigger_id>/preview 401 401 401 401 404 200 200 200 200
POST /api/v1/triggers/<trigger_id>/replay 401 401 401 401 404 403 202 202 202
POST /api/v1/triggers/<trigger_id>/token/replace 401 401 401 401 404 403 403 200 200
POST /api/v1/triggers/<trigger_id>/try 401 401 401 401 404 200 200 200 200
GET /api/v1/triggers/<trigger_id>/versions 401 401 401 401 404 200 200 200 200
GET /api/v1/triggers/<trigger_id>/versions/<number> 401 401 401 401 404 200 200 200 200
POST /api/v1/triggers/<trigger_id>/versions/<number>/restore 401 401 401 401 404 403 403 200 200
"""


def _read(table: str) -> dict[tuple[str, str], tuple[int, ...]]:
    """The rows by method and route."""
    rows = [line.split() for line in table.splitlines() if line and line[0] != "#"]
    return {(method, rule): tuple(map(int, rest)) for method, rule, *rest in rows}


PAGES, API = _read(_PAGES), _read(_API)
