import assert from 'node:assert/strict';
import { makeApiKey } from '../../../../src/api/auth/api-key.ts';
import { parseAuthFile } from '../../../../src/api/auth/auth-file.ts';

const { sha256 } = makeApiKey();
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const everywhere = 'role: admin, clusters: "*", namespaces: "*"';

function problemsOf(text: string): string[] {
  const read = parseAuthFile(text, 'auth.yaml');
  assert.ok(!read.ok, 'the file was taken');
  return read.problems.map(({ message }) => message);
}

describe('auth file', () => {
  it('says who may call, and what each may do where', () => {
    const read = parseAuthFile(
      `
keys:
  - name: ci
    sha256: [${sha256}, ${sha256.toUpperCase()}]
    expires: 2027-01-31
    grants:
      - { role: operator, clusters: [default, staging-*], namespaces: shop }
issuers:
  - name: sso
    issuer: https://login.example.com/realms/a
    audience: squall
    groupsClaim: realm_access.roles
    grants:
      - { group: sre, ${everywhere} }
webhooks:
  - { name: alertmanager, secrets: ${secret}, grants: [{ ${everywhere} }] }
`,
      'auth.yaml',
    );
    assert.ok(read.ok, JSON.stringify(read));
    const all = { clusters: ['*'], namespaces: ['*'] };
    assert.deepEqual(read.file, {
      keys: [
        {
          name: 'ci',
          sha256: [sha256, sha256],
          expiresAt: Date.parse('2027-01-31'),
          grants: [{ role: 'operator', clusters: ['default', 'staging-*'], namespaces: ['shop'] }],
        },
      ],
      issuers: [
        {
          name: 'sso',
          issuer: 'https://login.example.com/realms/a',
          audience: ['squall'],
          jwksUri: null,
          algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
          clockToleranceMs: 30_000,
          nameClaim: 'sub',
          groupsClaim: 'realm_access.roles',
          grants: [{ group: 'sre', role: 'admin', ...all }],
        },
      ],
      webhooks: [{ name: 'alertmanager', secrets: [Buffer.alloc(32, 7)], grants: [{ role: 'admin', ...all }] }],
    });
  });

  it('tells every mistake with its line', () => {
    const problems = problemsOf(`keys:
  - name: ci
    sha256: ${sha256}
    grants:
      - { role: operater, clusters: "*", namespaces: "*shop" }
  - name: ci
    sha256: ${sha256}
    grants: []
issuers:
  - name: key
    issuer: http://login.example.com
    audience: squall
    algorithms: [HS256]
    clockTolerance: 1h
    grants: [{ group: sre, ${everywhere} }]
keyz: []
`);
    for (const expected of [
      /^auth\.yaml:5:\d+ keys\[0\]\.grants\[0\]\.role: found "operater", expected one of viewer, operator, approver, admin; did you mean operator\?$/,
      /^auth\.yaml:5:\d+ keys\[0\]\.grants\[0\]\.namespaces: found "\*shop"/,
      /^auth\.yaml:6:\d+ keys\[1\]\.name: found the name "ci" a second time/,
      /^auth\.yaml:8:\d+ keys\[1\]\.grants: found an empty list, expected a list of at least 1$/,
      /^auth\.yaml:10:\d+ issuers\[0\]\.name: found key/,
      /^auth\.yaml:11:\d+ issuers\[0\]\.issuer: .* expected an https URL/,
      /^auth\.yaml:13:\d+ issuers\[0\]\.algorithms: found "HS256"/,
      /^auth\.yaml:14:\d+ issuers\[0\]\.clockTolerance: .* at most 5m$/,
      /^auth\.yaml:16:\d+ keyz: found the unknown key "keyz", expected one of keys, issuers, webhooks; did you mean keys\?$/,
    ]) {
      assert.ok(
        problems.some((problem) => expected.test(problem)),
        `${expected} in\n${problems.join('\n')}`,
      );
    }
    assert.equal(problems.length, 9, problems.join('\n'));
  });

  it('repeats no secret in what it says', () => {
    const clear = 'squall_clear-text-key-put-where-its-hash-belongs';
    const short = 'whsec_c2hvcnQ=';
    const problems = problemsOf(`keys:
  - { name: ci, sha256: ${clear}, grants: [{ ${everywhere} }] }
webhooks:
  - { name: alerts, secrets: ${short}, grants: [{ ${everywhere} }] }
`);
    assert.equal(problems.length, 2);
    assert.ok(problems.every((problem) => /found text of \d+ characters/.test(problem)));
    assert.doesNotMatch(problems.join('\n'), new RegExp(`${clear}|${short}`));
  });
});
