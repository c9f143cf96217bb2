// Cases for the policy simulator: one request with its policies each. Written by hand in short tables; `simulate.mjs` asks the simulator.
//
// A case: name, group, principal (ARN, service name, or null for a request without credentials), action, resource, account (the resource's),
// context, identity (documents), boundary, session, policy (the resource's), scps and rcps (levels, each a list of documents).

export const cases = []

const A = '111122223333'
const B = '444455556666'
const USER = `arn:aws:iam::${A}:user/jo`
const ROLE = `arn:aws:iam::${A}:role/app/r`
const SESSION = `arn:aws:sts::${A}:assumed-role/r/s1`
const FEDERATED = `arn:aws:sts::${A}:federated-user/jo`
const KEY = `arn:aws:kms:eu-west-1:${A}:key/1`
const OBJECT = 'arn:aws:s3:::bucket/a/b.txt'

const document = (...statements) => ({ Version: '2012-10-17', Statement: statements })
const allow = (Action, Resource = '*', more = {}) => ({ Effect: 'Allow', Action, Resource, ...more })
const deny = (Action, Resource = '*', more = {}) => ({ Effect: 'Deny', Action, Resource, ...more })
const given = (effect, principal, Action, Resource = '*', more = {}) => ({ Effect: effect, Principal: principal, Action, Resource, ...more })
const trust = (principal, Action = 'sts:AssumeRole', more = {}) => document({ Effect: 'Allow', Principal: principal, Action, ...more })

function add(group, name, request) {
  cases.push({
    name: `${group}: ${name}`, group, principal: USER, action: 's3:GetObject', resource: OBJECT, account: A,
    context: {}, identity: [], ...request,
  })
}

// Conditions. Operator, key, values of the policy, a value that matches, one that does not, action and resource that have the key.
const LIST = { action: 's3:ListBucket', resource: 'arn:aws:s3:::bucket' }
const positive = [
  ['StringEquals', 's3:prefix', ['a', 'b*'], ['a', 'b*'], ['A', 'bc'], LIST],
  ['StringEqualsIgnoreCase', 's3:prefix', ['Abc'], ['aBC'], ['abcd'], LIST],
  ['StringLike', 's3:prefix', ['home/*', 'x?z'], ['home/', 'home/a/b', 'xyz'], ['hom', 'xz', 'HOME/'], LIST],
  ['NumericEquals', 's3:max-keys', ['10'], ['10', '10.0'], ['11', '-10'], LIST],
  ['NumericLessThan', 's3:max-keys', ['10'], ['9', '9.99', '-1'], ['10', '11'], LIST],
  ['NumericLessThanEquals', 's3:max-keys', ['10'], ['10'], ['10.5'], LIST],
  ['NumericGreaterThan', 's3:max-keys', ['10'], ['11', '100'], ['10', '9'], LIST],
  ['NumericGreaterThanEquals', 's3:max-keys', ['10'], ['10'], ['9'], LIST],
  ['DateEquals', 'aws:CurrentTime', ['2026-01-01T00:00:00Z'], ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00'], ['2026-01-01T00:00:01Z'], {}],
  ['DateLessThan', 'aws:CurrentTime', ['2026-01-01T00:00:00Z'], ['2025-12-31T23:59:59Z'], ['2026-01-01T00:00:00Z'], {}],
  ['DateLessThanEquals', 'aws:CurrentTime', ['2026-01-01T00:00:00Z'], ['2026-01-01T00:00:00Z'], ['2026-01-01T00:00:01Z'], {}],
  ['DateGreaterThan', 'aws:CurrentTime', ['2026-01-01'], ['2026-01-01T00:00:01Z'], ['2026-01-01T00:00:00Z'], {}],
  ['DateGreaterThanEquals', 'aws:CurrentTime', ['2026-01-01'], ['2026-01-01T00:00:00Z'], ['2025-12-31T23:59:59Z'], {}],
  ['DateLessThan', 'aws:EpochTime', ['1767225600'], ['1767225599'], ['1767225600'], {}],
  ['Bool', 'aws:SecureTransport', ['true'], ['true', 'TRUE'], ['false', 'yes'], {}],
  ['BinaryEquals', 's3:prefix', ['QmluYXJ5VmFsdWVJbkJhc2U2NA=='], ['QmluYXJ5VmFsdWVJbkJhc2U2NA=='], ['QmluYXJ5'], LIST],
  ['IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '2001:db8::/32', '198.51.100.7'], ['203.0.113.9', '2001:db8:1::2', '198.51.100.7'], ['203.0.114.1', '2001:db9::1', '198.51.100.8'], {}],
  ['ArnEquals', 'aws:SourceArn', [`arn:aws:sns:*:${A}:t*`], [`arn:aws:sns:eu-west-1:${A}:topic`], [`arn:aws:sns:eu-west-1:${B}:topic`, `arn:aws:sns:eu-west-1:9:x:${A}:t`], {}],
  ['ArnLike', 'aws:SourceArn', ['arn:aws:s3:*:*:bucket', 'arn:aws:s?s:*:1111????3333:q/*'], ['arn:aws:s3:::bucket', `arn:aws:sqs:eu-west-1:${A}:q/a:b`], [`arn:aws:sqs:eu-west-1:${B}:q/a`, 'arn:aws:s3:::Bucket'], {}],
]
const negated = {
  StringEquals: 'StringNotEquals', StringEqualsIgnoreCase: 'StringNotEqualsIgnoreCase', StringLike: 'StringNotLike', NumericEquals: 'NumericNotEquals',
  DateEquals: 'DateNotEquals', IpAddress: 'NotIpAddress', ArnEquals: 'ArnNotEquals', ArnLike: 'ArnNotLike',
}
for (const [operator, key, values, matching, others, request] of positive) {
  for (const name of [operator, `${operator}IfExists`, ...(negated[operator] ? [negated[operator], `${negated[operator]}IfExists`] : [])]) {
    for (const value of [...matching, ...others, undefined]) {
      if (name.endsWith('IfExists') && value !== undefined && value !== matching[0] && value !== others[0]) continue
      const Condition = { [name]: { [key]: values } }
      add('operator', `${name} ${key} ${value ?? 'absent'}`, {
        ...request, context: value === undefined ? {} : { [key]: value }, identity: [document(allow('s3:*', '*', { Condition }))],
      })
    }
  }
}
for (const [values, context] of [['true', 1], ['true', 0], ['false', 1], ['false', 0], [['true', 'false'], 0]]) {
  add('operator', `Null ${values} ${context ? 'present' : 'absent'}`, {
    ...LIST, context: context ? { 's3:prefix': 'a' } : {}, identity: [document(allow('s3:*', '*', { Condition: { Null: { 's3:prefix': values } } }))],
  })
}
add('operator', 'in a Deny, key absent', { identity: [document(allow('s3:*'), deny('s3:*', '*', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } }))] })
add('operator', 'in a Deny with IfExists, key absent', { identity: [document(allow('s3:*'), deny('s3:*', '*', { Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } } }))] })
add('operator', 'in a Deny, negated, key absent', { identity: [document(allow('s3:*'), deny('s3:*', '*', { Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-aaaaaaaaaa' } } }))] })
add('operator', 'two conditions, one fails', { context: { 'aws:SecureTransport': 'true', 'aws:SourceIp': '10.0.0.1' }, identity: [document(allow('s3:*', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' }, IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }))] })
add('operator', 'two keys of one operator, one fails', { context: { 'aws:PrincipalAccount': A, 'aws:PrincipalType': 'User' }, identity: [document(allow('s3:*', '*', { Condition: { StringEquals: { 'aws:PrincipalAccount': A, 'aws:PrincipalType': 'Account' } } }))] })
add('operator', 'key without regard to case', { context: { 'aws:securetransport': 'true' }, identity: [document(allow('s3:*', '*', { Condition: { Bool: { 'AWS:SecureTransport': 'true' } } }))] })
add('operator', 'tag key without regard to case', { context: { 'aws:PrincipalTag/Team': 'x' }, identity: [document(allow('s3:*', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'x' } } }))] })

// Set operators on a key with several values.
const TAG = { action: 'ec2:CreateTags', resource: `arn:aws:ec2:eu-west-1:${A}:instance/i-1` }
for (const [base, set] of ['StringEquals', 'StringLike', 'StringNotEquals', 'StringNotLike', 'StringEqualsIgnoreCase'].flatMap((b) => ['ForAllValues', 'ForAnyValue', ''].map((s) => [b, s]))) {
  for (const suffix of ['', 'IfExists']) {
    for (const [label, tags] of [['all', ['a', 'b']], ['some', ['a', 'z']], ['none', ['y', 'z']], ['one', ['a']], ['absent', undefined]]) {
      const operator = `${set ? `${set}:` : ''}${base}${suffix}`
      add('set', `${operator} ${label}`, {
        ...TAG, context: tags ? { 'aws:TagKeys': tags } : {}, identity: [document(allow('ec2:*', '*', { Condition: { [operator]: { 'aws:TagKeys': ['a', 'b'] } } }))],
      })
    }
  }
}
for (const [operator, value] of [['ForAllValues:StringEquals', 'a'], ['ForAllValues:StringEquals', 'z'], ['ForAnyValue:StringEquals', 'a'], ['ForAnyValue:StringNotEquals', 'a']]) {
  add('set', `${operator} on a key with one value ${value}`, { ...LIST, context: { 's3:prefix': value }, identity: [document(allow('s3:*', '*', { Condition: { [operator]: { 's3:prefix': ['a', 'b'] } } }))] })
}
for (const [operator, path] of [['ForAnyValue:StringLike', 'o-a1b2c3d4e5/r-ab12/ou-ab12-x/'], ['ForAnyValue:StringLike', 'o-z9b2c3d4e5/r-ab12/'], ['ForAllValues:StringNotLike', 'o-z9b2c3d4e5/r-ab12/']]) {
  add('set', `${operator} organization path ${path}`, { context: { 'aws:PrincipalOrgPaths': [path] }, identity: [document(allow('s3:*', '*', { Condition: { [operator]: { 'aws:PrincipalOrgPaths': 'o-a1b2c3d4e5/*' } } }))] })
}

// Wildcards of actions and resources.
for (const Action of ['*', 's3:*', 's3:Get*', 's3:?etObject', 'S3:GETOBJECT', 's3:*Object', 's3:G*t*ct', 's3:GetObject?', 's3:Get', 's3:Put*', 'ec2:*', 's3:GetObject', ['ec2:*', 's3:Get*']]) {
  add('wildcard', `action ${Action}`, { identity: [document(allow(Action))] })
}
for (const Resource of ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/a/*', 'arn:aws:s3:::bucket/*/b.txt', 'arn:aws:s3:::bucket/?/b.txt', 'arn:aws:s3:::*', 'arn:aws:s3:::b*', 'arn:aws:s3:::bucket*', 'arn:aws:s3:::bucket', 'arn:aws:s3:::Bucket/*', 'arn:aws:s3:::bucket/b/*', 'arn:aws:s3:*:*:bucket/*', `arn:aws:s3::${A}:bucket/*`, 'arn:aws-cn:s3:::*', 'arn:aws:sqs:::*']) {
  add('wildcard', `resource ${Resource}`, { identity: [document(allow('s3:*', Resource))] })
}
const IAM = { action: 'iam:GetUser', resource: USER }
for (const Resource of [`arn:aws:iam::${A}:user/*`, 'arn:aws:iam::*:user/jo', 'arn:aws:iam::1111*3333:user/jo', 'arn:aws:iam::????????????:user/jo', `arn:aws:iam::${B}:user/*`, `arn:aws:iam::${A}:*`, `arn:aws:iam::${A}:user*`, 'arn:aws:iam::*', 'arn:aws:iam:*', `arn:*:iam::${A}:user/jo`, `arn:aws:iam::${A}:role/*`, `arn:aws:iam::${A}:user/jo/*`]) {
  add('wildcard', `resource ${Resource}`, { ...IAM, identity: [document(allow('iam:*', Resource))] })
}
add('wildcard', 'action without resource on a named resource', { action: 's3:ListAllMyBuckets', resource: '*', identity: [document(allow('s3:ListAllMyBuckets', 'arn:aws:s3:::*'))] })
add('wildcard', 'action without resource on all', { action: 's3:ListAllMyBuckets', resource: '*', identity: [document(allow('s3:ListAllMyBuckets'))] })

// Not… elements.
for (const [name, statement] of [
  ['NotAction of another service', { Effect: 'Allow', NotAction: 'ec2:*', Resource: '*' }],
  ['NotAction of this action', { Effect: 'Allow', NotAction: ['ec2:*', 's3:Get*'], Resource: '*' }],
  ['NotResource of another bucket', { Effect: 'Allow', Action: 's3:*', NotResource: 'arn:aws:s3:::other/*' }],
  ['NotResource of this bucket', { Effect: 'Allow', Action: 's3:*', NotResource: ['arn:aws:s3:::other', 'arn:aws:s3:::bucket/*'] }],
]) {
  add('not', name, { identity: [document(statement)] })
  add('not', `${name}, in a Deny`, { identity: [document(allow('*'), { ...statement, Effect: 'Deny' })] })
}
for (const [name, list, principal] of [
  ['user and account listed', [USER, `arn:aws:iam::${A}:root`], USER],
  ['user listed alone', [USER], USER],
  ['another user listed', [`arn:aws:iam::${A}:user/al`, `arn:aws:iam::${A}:root`], USER],
  ['account listed alone', [A], USER],
  ['nobody of the account listed', [`arn:aws:iam::${B}:user/x`, B], USER],
  ['role, session and account listed', [ROLE, SESSION, A], SESSION],
]) {
  const Deny = { Effect: 'Deny', NotPrincipal: { AWS: list }, Action: 's3:*', Resource: '*' }
  add('not', `NotPrincipal in a Deny, ${name}`, { principal, identity: [document(allow('*'))], policy: document(Deny) })
  if (principal === USER) add('not', `NotPrincipal in a Deny with a boundary, ${name}`, { identity: [document(allow('*'))], boundary: document(allow('*')), policy: document(Deny) })
}

// Policy variables.
const home = (Resource, context, version = '2012-10-17') => ({ context, identity: [{ Version: version, Statement: allow('s3:*', Resource) }], resource: 'arn:aws:s3:::bucket/jo/x' })
add('variable', 'user name', home('arn:aws:s3:::bucket/${aws:username}/*', { 'aws:username': 'jo' }))
add('variable', 'another user name', home('arn:aws:s3:::bucket/${aws:username}/*', { 'aws:username': 'al' }))
add('variable', 'absent', home('arn:aws:s3:::bucket/${aws:username}/*', {}))
add('variable', 'absent with a default', home("arn:aws:s3:::bucket/${aws:username, 'jo'}/*", {}))
add('variable', 'present with a default', home("arn:aws:s3:::bucket/${aws:username, 'jo'}/*", { 'aws:username': 'al' }))
add('variable', 'tag', home('arn:aws:s3:::bucket/${aws:PrincipalTag/dir}/*', { 'aws:PrincipalTag/dir': 'jo' }))
add('variable', 'wildcard in the value', home('arn:aws:s3:::bucket/${aws:PrincipalTag/dir}/*', { 'aws:PrincipalTag/dir': '*' }))
add('variable', 'literal star', { ...home('arn:aws:s3:::bucket/${*}', {}), resource: 'arn:aws:s3:::bucket/x' })
add('variable', 'in a Deny, absent', { resource: 'arn:aws:s3:::bucket/jo/x', identity: [document(allow('*'), deny('s3:*', 'arn:aws:s3:::bucket/${aws:username}/*'))] })
add('variable', 'in NotResource of a Deny', { resource: 'arn:aws:s3:::bucket/al/x', context: { 'aws:username': 'jo' }, identity: [document(allow('*'), { Effect: 'Deny', Action: 's3:*', NotResource: 'arn:aws:s3:::bucket/${aws:username}/*' })] })
const same = (operator, value, context) => ({ ...LIST, context, identity: [document(allow('s3:*', '*', { Condition: { [operator]: { 's3:prefix': value } } }))] })
add('variable', 'in StringEquals', same('StringEquals', '${aws:username}', { 's3:prefix': 'jo', 'aws:username': 'jo' }))
add('variable', 'in StringEquals, other value', same('StringEquals', '${aws:username}', { 's3:prefix': 'al', 'aws:username': 'jo' }))
add('variable', 'in StringLike', same('StringLike', '${aws:username}/*', { 's3:prefix': 'jo/x', 'aws:username': 'jo' }))
add('variable', 'in StringEquals, absent', same('StringEquals', '${aws:username}', { 's3:prefix': 'jo' }))
add('variable', 'in StringNotEquals, absent', same('StringNotEquals', '${aws:username}', { 's3:prefix': 'jo' }))
add('variable', 'in StringNotEquals, other value', same('StringNotEquals', '${aws:username}', { 's3:prefix': 'al', 'aws:username': 'jo' }))
add('variable', 'in ArnLike', { context: { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:1:jo', 'aws:username': 'jo' }, identity: [document(allow('s3:*', '*', { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:1:${aws:username}' } } }))] })
add('variable', 'literal star in StringLike', same('StringLike', 'a${*}', { 's3:prefix': 'ab' }))
add('variable', 'literal star in StringLike, star', same('StringLike', 'a${*}', { 's3:prefix': 'a*' }))

// Boundaries.
const all = document(allow('*'))
for (const [name, identity, boundary] of [
  ['both allow', [all], document(allow('s3:*'))],
  ['boundary is silent', [all], document(allow('ec2:*'))],
  ['boundary denies', [all], document(allow('*'), deny('s3:Get*'))],
  ['identity is silent', [document(allow('ec2:*'))], all],
  ['boundary allows another resource', [all], document(allow('s3:*', 'arn:aws:s3:::other/*'))],
  ['boundary with a condition that fails', [all], document(allow('*', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }))],
]) {
  for (const principal of [USER, ROLE, SESSION]) add('boundary', `${name}, ${principal.split(/[/:]/)[5]}`, { principal, identity, boundary })
}
for (const [name, principal, named] of [['user', USER, USER], ['role by its session', SESSION, SESSION], ['role by its ARN', SESSION, ROLE], ['account', USER, A], ['anyone', USER, '*'], ['anyone for a session', SESSION, '*'], ['federated user', FEDERATED, FEDERATED], ['user behind a federated user', FEDERATED, USER]]) {
  add('boundary', `silent, resource policy names ${name}`, { principal, identity: [], boundary: document(allow('ec2:*')), policy: document(given('Allow', { AWS: named }, 's3:*')) })
  add('boundary', `allows, identity silent, resource policy names ${name}`, { principal, identity: [], boundary: all, policy: document(given('Allow', { AWS: named }, 's3:*')) })
}
add('boundary', 'resource policy names another user', { boundary: document(allow('ec2:*')), policy: document(given('Allow', { AWS: `arn:aws:iam::${A}:user/al` }, 's3:*')) })
add('boundary', 'denies, resource policy names user', { boundary: document(allow('*'), deny('s3:*')), policy: document(given('Allow', { AWS: USER }, 's3:*')) })

// Session policies.
for (const [name, identity, session] of [
  ['both allow', [all], document(allow('s3:*'))], ['session policy is silent', [all], document(allow('ec2:*'))],
  ['session policy denies', [all], document(allow('*'), deny('s3:*'))], ['identity is silent', [], all],
]) {
  for (const principal of [SESSION, FEDERATED]) add('session', `${name}, ${principal.split(/[/:]/)[5]}`, { principal, identity, session })
}
for (const [name, principal, named] of [['role', SESSION, ROLE], ['session', SESSION, SESSION], ['federated user', FEDERATED, FEDERATED], ['user behind a federated user', FEDERATED, USER]]) {
  add('session', `silent, resource policy names ${name}`, { principal, session: document(allow('ec2:*')), policy: document(given('Allow', { AWS: named }, 's3:*')) })
  add('session', `allows, identity silent, resource policy names ${name}`, { principal, session: all, policy: document(given('Allow', { AWS: named }, 's3:*')) })
}

// Resource policies.
for (const [account, place] of [[A, 'same account'], [B, 'other account']]) {
  for (const [who, named] of [['user', USER], ['account', A], ['account root ARN', `arn:aws:iam::${A}:root`], ['anyone', '*'], ['another account', '999999999999'], ['another user', `arn:aws:iam::${A}:user/al`]]) {
    for (const [own, identity] of [['identity allows', [document(allow('s3:*'))]], ['identity is silent', []]]) {
      add('resource', `${place}, ${who}, ${own}`, { account, identity, policy: document(given('Allow', { AWS: named }, 's3:GetObject', 'arn:aws:s3:::bucket/*')) })
    }
  }
  add('resource', `${place}, no resource policy`, { account, identity: [document(allow('s3:*'))] })
  add('resource', `${place}, denies the user`, { account, identity: [all], policy: document(given('Allow', '*', 's3:*'), given('Deny', { AWS: USER }, 's3:*')) })
  add('resource', `${place}, denies the account`, { account, identity: [all], policy: document(given('Allow', '*', 's3:*'), given('Deny', { AWS: A }, 's3:*')) })
  add('resource', `${place}, denies another action`, { account, identity: [all], policy: document(given('Allow', '*', 's3:*'), given('Deny', '*', 's3:Put*')) })
  add('resource', `${place}, identity denies`, { account, identity: [document(deny('s3:*'))], policy: document(given('Allow', { AWS: USER }, 's3:*')) })
  add('resource', `${place}, boundary is silent`, { account, identity: [all], boundary: document(allow('ec2:*')), policy: document(given('Allow', { AWS: USER }, 's3:*')) })
  add('resource', `${place}, role by ARN`, { account, principal: SESSION, identity: [all], policy: document(given('Allow', { AWS: ROLE.replace('app/', '') }, 's3:*')) })
  add('resource', `${place}, statement on another resource`, { account, policy: document(given('Allow', { AWS: USER }, 's3:*', 'arn:aws:s3:::other/*')) })
}
const SQS = { action: 'sqs:SendMessage', resource: `arn:aws:sqs:eu-west-1:${A}:q`, principal: 'sns.amazonaws.com' }
for (const [name, principal, context] of [['named', { Service: 'sns.amazonaws.com' }, {}], ['another', { Service: 's3.amazonaws.com' }, {}], ['anyone', '*', {}], ['by its account', { AWS: A }, {}]]) {
  add('service', name, { ...SQS, context, policy: document(given('Allow', principal, 'sqs:SendMessage')) })
}
for (const source of ['arn:aws:sns:eu-west-1:1:t', 'arn:aws:sns:eu-west-1:2:t', undefined]) {
  add('service', `source ${source ?? 'absent'}`, { ...SQS, context: source ? { 'aws:SourceArn': source } : {}, policy: document(given('Allow', { Service: 'sns.amazonaws.com' }, 'sqs:SendMessage', '*', { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:1:*' } } })) })
}
add('service', 'denied', { ...SQS, policy: document(given('Allow', '*', 'sqs:*'), given('Deny', { Service: 'sns.amazonaws.com' }, 'sqs:*')) })
add('service', 'without a policy', SQS)
for (const [name, principal] of [['anyone', '*'], ['anyone as AWS', { AWS: '*' }], ['an account', { AWS: A }]]) add('anonymous', name, { principal: null, policy: document(given('Allow', principal, 's3:GetObject')) })
add('anonymous', 'denied', { principal: null, policy: document(given('Allow', '*', 's3:GetObject'), given('Deny', '*', 's3:*')) })
add('anonymous', 'without a policy', { principal: null })
add('anonymous', 'NotPrincipal in a Deny', { principal: null, policy: document(given('Allow', '*', 's3:*'), { Effect: 'Deny', NotPrincipal: { AWS: A }, Action: 's3:*', Resource: '*' }) })

// KMS keys.
const KMS = { action: 'kms:Decrypt', resource: KEY }
const kms = document(allow('kms:*'))
for (const [name, request] of [
  ['delegated, identity allows', { identity: [kms], policy: document(given('Allow', { AWS: A }, 'kms:*')) }],
  ['delegated, identity is silent', { policy: document(given('Allow', { AWS: A }, 'kms:*')) }],
  ['not delegated, identity allows', { identity: [kms], policy: document(given('Allow', { AWS: ROLE }, 'kms:*')) }],
  ['names the user', { policy: document(given('Allow', { AWS: USER }, 'kms:*')) }],
  ['names the role', { principal: SESSION, policy: document(given('Allow', { AWS: ROLE.replace('app/', '') }, 'kms:*')) }],
  ['anyone', { policy: document(given('Allow', '*', 'kms:*')) }],
  ['anyone of the account by a condition, identity allows', { identity: [kms], context: { 'kms:CallerAccount': A }, policy: document(given('Allow', '*', 'kms:*', '*', { Condition: { StringEquals: { 'kms:CallerAccount': A } } })) }],
  ['delegated for another action', { identity: [kms], policy: document(given('Allow', { AWS: A }, 'kms:Encrypt')) }],
  ['delegated, boundary is silent', { identity: [kms], boundary: document(allow('s3:*')), policy: document(given('Allow', { AWS: A }, 'kms:*')) }],
  ['key policy denies', { identity: [kms], policy: document(given('Allow', { AWS: A }, 'kms:*'), given('Deny', '*', 'kms:Decrypt')) }],
  ['other account, both allow', { account: B, resource: KEY.replace(A, B), identity: [kms], policy: document(given('Allow', { AWS: A }, 'kms:*')) }],
  ['other account, identity is silent', { account: B, resource: KEY.replace(A, B), policy: document(given('Allow', { AWS: A }, 'kms:*')) }],
  ['other account, key is silent', { account: B, resource: KEY.replace(A, B), identity: [kms], policy: document(given('Allow', { AWS: B }, 'kms:*')) }],
]) add('kms', name, { ...KMS, ...request })

// Trust policies.
const TRUST = { action: 'sts:AssumeRole', resource: `arn:aws:iam::${A}:role/target` }
const sts = document(allow('sts:AssumeRole'))
for (const [name, request] of [
  ['names the user', { policy: trust({ AWS: USER }) }],
  ['names the account, identity allows', { identity: [sts], policy: trust({ AWS: A }) }],
  ['names the account, identity is silent', { policy: trust({ AWS: A }) }],
  ['names a service, identity allows', { identity: [all], policy: trust({ Service: 'lambda.amazonaws.com' }) }],
  ['names a service', { principal: 'lambda.amazonaws.com', policy: trust({ Service: 'lambda.amazonaws.com' }) }],
  ['names another service', { principal: 'ec2.amazonaws.com', policy: trust({ Service: 'lambda.amazonaws.com' }) }],
  ['anyone, identity is silent', { policy: trust({ AWS: '*' }) }],
  ['wildcard action', { policy: trust({ AWS: USER }, 'sts:*') }],
  ['external id missing', { policy: trust({ AWS: USER }, 'sts:AssumeRole', { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }) }],
  ['external id given', { context: { 'sts:ExternalId': 'x' }, policy: trust({ AWS: USER }, 'sts:AssumeRole', { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }) }],
  ['trust denies', { identity: [sts], policy: document({ Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' }, { Effect: 'Deny', Principal: { AWS: USER }, Action: 'sts:*' }) }],
  ['identity denies', { identity: [document(deny('sts:*'))], policy: trust({ AWS: USER }) }],
  ['names the role, boundary is silent', { principal: SESSION, boundary: document(allow('s3:*')), policy: trust({ AWS: ROLE.replace('app/', '') }) }],
  ['other account, both allow', { account: B, resource: `arn:aws:iam::${B}:role/target`, identity: [sts], policy: trust({ AWS: A }) }],
  ['other account, identity is silent', { account: B, resource: `arn:aws:iam::${B}:role/target`, policy: trust({ AWS: USER }) }],
  ['other account, trust is silent', { account: B, resource: `arn:aws:iam::${B}:role/target`, identity: [sts], policy: trust({ AWS: B }) }],
]) add('trust', name, { ...TRUST, ...request })

// Control policies.
const full = document(allow('*'))
const scps = (...levels) => ({ identity: [all], scps: levels })
for (const [name, request] of [
  ['all levels allow', scps([full], [full], [full])],
  ['unit is silent', scps([full], [document(allow('ec2:*'))], [full])],
  ['account is silent', scps([full], [full], [document(allow('ec2:*'))])],
  ['two policies of a level, one allows', scps([full], [document(allow('ec2:*')), document(allow('s3:*'))], [full])],
  ['level without policies', scps([full], [])],
  ['unit denies', scps([full], [full, document(deny('s3:*'))], [full])],
  ['denies another action', scps([full], [full, document(deny('ec2:*'))])],
  ['denies but for a Region', { ...scps([full, document(deny('*', '*', { Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } }))]), context: { 'aws:RequestedRegion': 'us-east-1' } }],
  ['denies but for this Region', { ...scps([full, document(deny('*', '*', { Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } }))]), context: { 'aws:RequestedRegion': 'eu-west-1' } }],
  ['NotAction in a Deny', scps([full, document({ Effect: 'Deny', NotAction: ['iam:*', 'sts:*'], Resource: '*' })])],
  ['identity is silent', { scps: [[full]] }],
  ['limits a resource policy', { scps: [[document(allow('ec2:*'))]], policy: document(given('Allow', { AWS: USER }, 's3:*')) }],
]) add('scp', name, request)
const rcp = (...statements) => document(...statements.map((s) => ({ ...s, Principal: '*' })))
for (const [name, request] of [
  ['denies', { identity: [all], rcps: [[rcp(deny('s3:*'))]] }],
  ['denies another service', { identity: [all], rcps: [[rcp(deny('sqs:*'))]] }],
  ['denies outside the organization', { identity: [all], context: { 'aws:PrincipalOrgID': 'o-bbbbbbbbbb' }, rcps: [[rcp(deny('s3:*', '*', { Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-aaaaaaaaaa' } } }))]] }],
  ['denies outside the organization, inside', { identity: [all], context: { 'aws:PrincipalOrgID': 'o-aaaaaaaaaa' }, rcps: [[rcp(deny('s3:*', '*', { Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-aaaaaaaaaa' } } }))]] }],
  ['second level denies', { identity: [all], rcps: [[], [rcp(deny('s3:*'))]] }],
  ['denies a request without credentials', { principal: null, policy: document(given('Allow', '*', 's3:*')), rcps: [[rcp(deny('s3:*'))]] }],
  ['does not reach the resource', { identity: [all], rcps: [[rcp(deny('s3:*', 'arn:aws:s3:::other/*'))]] }],
  ['denies without TLS', { identity: [all], context: { 'aws:SecureTransport': 'false' }, rcps: [[rcp(deny('s3:*', '*', { Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } }))]] }],
]) add('rcp', name, request)

// Several statements and policies.
for (const [name, identity] of [
  ['deny in another policy', [all, document(deny('s3:GetObject'))]], ['deny on another resource', [document(allow('*'), deny('s3:*', 'arn:aws:s3:::other/*'))]],
  ['no statement', [document()]], ['nothing', []], ['allow after deny of another action', [document(deny('s3:Put*'), allow('s3:Get*'))]],
]) add('several', name, { identity })
