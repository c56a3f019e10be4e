/** Why answers differ, one reason for all the requests it explains. */
export type Explanation = { readonly why: string; readonly cases: readonly string[] }

/** Every difference, explained. The test fails on a difference without a line here, and on a line without a difference. */
export const explanations: readonly Explanation[] = [
  {
    why: 'A scope that is missing or leaves nothing is an error of the scope (RFC 6749 §3.3). oidc-provider calls it an error of the request, for it takes requests with `openid` only; an app that reads a chart need not ask who the person is.',
    cases: [
      'authorize: scope missing',
      'authorize: scope empty',
      'authorize: scope unknown',
      'authorize: scope without openid',
      'par: scope missing',
      'par: scope unknown',
    ],
  },
  {
    why: 'Scopes that are not known or not spelled right are dropped while others remain (rule S3): an app with one misspelled scope works, and is told what it got.',
    cases: ['authorize: scope with two spaces', 'authorize: scope with quotes'],
  },
  {
    why: 'What belongs to a clinician or to a backend client is refused by name, also beside what a patient may give (rule S10): to oidc-provider it is one more unknown scope, which it drops.',
    cases: [
      'authorize: scope of a clinician',
      'authorize: scope of a backend client',
      'authorize: scope of an encounter',
    ],
  },
  {
    why: 'SMART App Launch requires `state` of every app; the app here is a SMART app (rule X6).',
    cases: ['authorize: state missing', 'authorize: state empty', 'par: state missing'],
  },
  {
    why: 'Only S256 is taken, and an S256 challenge is 43 characters. oidc-provider takes up to 128, which no verifier would ever fit.',
    cases: ['authorize: code_challenge long'],
  },
  {
    why: 'A thumbprint that is none could never be proven (RFC 7638: 43 characters); it is said before the person is asked anything.',
    cases: ['authorize: dpop_jkt that is none', 'authorize: dpop_jkt long', 'par: dpop_jkt that is none'],
  },
  {
    why: 'Answers go by query alone, as discovery says. The error is `invalid_request` (OAuth 2.0 Multiple Response Types); `unsupported_response_mode` is registered nowhere.',
    cases: [
      'authorize: response_mode fragment',
      'authorize: response_mode form_post',
      'authorize: response_mode unknown',
      'authorize: response_mode query.jwt',
      'par: response_mode fragment',
    ],
  },
  {
    why: 'What is not supported is refused by name. oidc-provider ignores these where the feature is off, and the app goes on without what it relies on.',
    cases: [
      'authorize: claims malformed',
      'authorize: claims empty object',
      'authorize: claims array',
      'authorize: authorization_details',
      'par: claims malformed',
    ],
  },
  {
    why: 'A level of sign-in that nobody here can give is said at once (RFC 9470 §5). oidc-provider reads `acr_values` as a wish.',
    cases: ['authorize: acr_values unknown'],
  },
  {
    why: 'No parameter may come twice (RFC 6749 §3.1), and a token is for one FHIR base (rule 8707). oidc-provider takes several resources, and does not look at parameters it does not know.',
    cases: ['authorize: resource twice', 'authorize: an unknown parameter twice'],
  },
  {
    why: 'An address or form that cannot be decoded is not guessed at, for what was meant cannot be known.',
    cases: ['authorize: NUL in state', 'authorize: half a percent sign in state', 'token: malformed'],
  },
  {
    why: 'A reference that is not known is shown to the person: what stands beside it may be anybody’s, so its redirect URI is not believed. It opens one page once, and nothing beside it is read at all (RFC 9126 §4); oidc-provider takes it until the person has answered and compares what stands beside it.',
    cases: [
      'authorize: request_uri never given',
      'pushed: opened with another response_type beside it',
      'pushed: opened with a request object beside it',
      'pushed: opened twice by two browsers',
    ],
  },
  {
    why: 'A pushed request with `request_uri` is `invalid_request`, in so many words of RFC 9126 §2.1.',
    cases: ['par: request_uri elsewhere', 'par: request_uri never given'],
  },
  {
    why: 'Whoever does not say or prove who it is fails as a client: `invalid_client` (RFC 6749 §5.2), with 401 where an Authorization header was tried. oidc-provider calls a credential it cannot read an error of the request.',
    cases: [
      'par: client_id missing',
      'par: nothing',
      'token: client_assertion garbage',
      'token: Basic garbage',
      'token: Basic without a colon',
      'token: Basic with an empty secret',
      'token: Basic that cannot be decoded',
      'token: Bearer',
      'token: an unknown scheme',
      'revoke: client_id missing',
      'introspect: by nobody',
      'introspect: Basic garbage',
      ...['for a code', 'revoking', 'introspecting', 'pushing'].flatMap((what) => [
        `secret: another client_id in the body, ${what}`,
        `secret: an empty secret, ${what}`,
      ]),
    ],
  },
  {
    why: 'A client proves itself in the one way it is registered with (RFC 6749 §2.3); oidc-provider takes its secret in the header and in the body alike.',
    cases: ['for a code', 'revoking', 'introspecting', 'pushing'].map(
      (what) => `secret: the secret in the body instead, ${what}`,
    ),
  },
  {
    why: 'Our JWT access tokens can be asked about, as SMART wants it. What is no access or refresh token is not active, whatever else it is.',
    cases: ['introspect: its own access token', 'introspect: its own ID token'],
  },
  {
    why: 'Only a client that proves itself may ask about tokens (RFC 7662 §2.1): a public app is anybody who knows its name.',
    cases: ['introspect: by a public app'],
  },
  {
    why: '`client_credentials` is for programs that prove themselves; oidc-provider has it switched off here.',
    cases: ['token: grant_type client_credentials of a public app'],
  },
  {
    why: 'What does not fit a code is `invalid_grant`, the same for every part, so that nothing can be learnt from which was wrong. Nothing is spent (rule 7636-4.6).',
    cases: [
      'token: redirect_uri missing',
      'token: code_verifier short',
      'token: code_verifier long',
      'token: code_verifier of other characters',
    ],
  },
  {
    why: 'SMART lets a public app refresh without `client_id`: the token says whose it is.',
    cases: ['refresh: client_id missing'],
  },
  {
    why: 'A refresh that is repeated unchanged within 30 seconds gets its answer again: an app that lost it, or sent it from two tabs, keeps its access. Anything else that comes back spent ends the family, as in oidc-provider.',
    cases: ['refresh: twice at once'],
  },
  {
    why: 'A clock that is hours wrong is not helped by a nonce here, so none is offered; one that is minutes wrong is, as by oidc-provider.',
    cases: ['dpop: iat two hours ago', 'dpop: iat two hours ahead'],
  },
  {
    why: 'A proof that was used before is a wrong proof; the code beside it is untouched (RFC 9449 §5).',
    cases: ['dpop: sent twice'],
  },
  {
    why: 'Our JWT access tokens can be revoked; oidc-provider’s cannot. What is no token of ours gets the same 200 as any unknown one (RFC 7009 §2.2).',
    cases: ['revoke: a JWT of somebody else', 'revoke: an access token'],
  },
  {
    why: 'Who sends no token, or tries another scheme, is asked for one and told no error (RFC 6750 §3.1). An unknown token is refused before its proof is looked at.',
    cases: ['GET', 'POST'].flatMap((method) => [
      `userinfo: without a token, by ${method}`,
      `userinfo: Basic, by ${method}`,
      `userinfo: an unknown scheme, by ${method}`,
      `userinfo: DPoP without a proof, by ${method}`,
      `userinfo: DPoP with garbage, by ${method}`,
    ]),
  },
]
