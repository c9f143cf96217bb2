// Ask the policy simulator of the npm package @cloud-copilot/iam-simulate (AGPL-3.0; a second opinion, no part of this program) the direct
// questions of a large estate: may this user or role do this to that resource of its account? It reads the AWS Config snapshot by itself.
//
// Use, with the package installed outside this folder, and the program zstd for the texts of AWS managed policies:
//      cargo run --release -p sample-generator -- --out DIR --estate-roles 600
//      NODE_MODULES=.../node_modules node estate.mjs DIR decisions.json
//      ESTATE=DIR ESTATE_DECISIONS=decisions.json cargo test --release --lib decisions_of_an_estate -- --ignored --nocapture
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const root = process.env.NODE_MODULES
const require = createRequire(`${root}/../`)
const name = '@cloud-copilot/iam-simulate'
const { runSimulation } = require(name)
const version = JSON.parse(readFileSync(`${root}/${name}/package.json`, 'utf8')).version
const [folder, out] = process.argv.slice(2)

const { account, questions } = JSON.parse(readFileSync(join(folder, 'questions.json'), 'utf8'))
const snapshot = readdirSync(folder, { recursive: true }).find((path) => path.includes(`${account}_Config_`))
const items = JSON.parse(gunzipSync(readFileSync(join(folder, snapshot)))).configurationItems.map((item) => [item.resourceType, item.configuration])
const byName = (type, member) => new Map(items.filter(([of]) => of === type).map(([, one]) => [one[member], one]))
const document = (text) => JSON.parse(decodeURIComponent(text))

const data = join(dirname(fileURLToPath(import.meta.url)), '../../../src/policy/data/managed_policies.tsv.zst')
const lines = execFileSync('zstd', ['-dc', data], { maxBuffer: 1 << 28, encoding: 'utf8' }).trimEnd().split('\n').slice(1)
const managed = new Map(lines.map((line) => line.split('\t')).map(([path, , text]) => [`arn:aws:iam::aws:policy/${path}`, JSON.parse(text)]))
for (const [arn, policy] of byName('AWS::IAM::Policy', 'arn')) {
  managed.set(arn, document(policy.policyVersionList.find((one) => one.isDefaultVersion).document))
}
const groups = byName('AWS::IAM::Group', 'groupName')
const roles = byName('AWS::IAM::Role', 'arn')
const principals = new Map([...byName('AWS::IAM::User', 'arn'), ...roles])

const inline = (list) => (list ?? []).map((one) => document(one.policyDocument))
const attached = (one) => one.attachedManagedPolicies.map((policy) => managed.get(policy.policyArn))
const named = (documents) => documents.map((policy, at) => ({ name: `p${at}`, policy }))

const decided = []
for (const question of questions) {
  const one = principals.get(question.principal)
  const of = (one.groupList ?? []).map((group) => groups.get(group))
  const identity = [
    ...inline(one.userPolicyList ?? one.rolePolicyList), ...attached(one),
    ...of.flatMap((group) => [...inline(group.groupPolicyList), ...attached(group)]),
  ]
  const boundary = one.permissionsBoundary?.permissionsBoundaryArn
  const trust = question.action === 'sts:AssumeRole' ? document(roles.get(question.resource).assumeRolePolicyDocument) : undefined
  // What is known of the request from who asks for what.
  const context = {
    'aws:PrincipalArn': question.principal, 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account,
    'aws:PrincipalType': one.userName ? 'User' : 'AssumedRole', ...(one.userName ? { 'aws:username': one.userName } : {}),
  }
  const answer = await runSimulation({
    request: {
      principal: question.principal, action: question.action, resource: { resource: question.resource, accountId: account },
      contextVariables: context,
    },
    identityPolicies: named(identity), serviceControlPolicies: [], resourceControlPolicies: [], resourcePolicy: trust,
    permissionBoundaryPolicies: boundary && named([managed.get(boundary)]),
  }, {})
  const error = answer.resultType === 'error' && JSON.stringify(answer.errors)
  if (error) console.error(`${question.action} ${question.resource}: ${error}`)
  else decided.push({ ...question, decision: answer.overallResult })
}
const head = { source: `npm ${name} ${version}`, date: new Date().toISOString().slice(0, 10) }
writeFileSync(out, `${JSON.stringify({ ...head, account, questions: decided }, null, 1)}\n`)
const counts = {}
for (const one of decided) counts[one.decision] = (counts[one.decision] ?? 0) + 1
console.log(`${decided.length} of ${questions.length}`, counts)
