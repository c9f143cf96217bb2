// Ask the policy simulator of the npm package @cloud-copilot/iam-simulate (AGPL-3.0; a second opinion, no part of this program) for its decision of
// every case, and write cases and decisions with date and version.
//
// Use: npm install @cloud-copilot/iam-simulate (outside this folder), then
//      NODE_MODULES=DIR/node_modules node simulate.mjs ../tests-data/decisions.json
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cases } from './cases.mjs'

const root = process.env.NODE_MODULES
const require = createRequire(`${root}/../`)
const name = '@cloud-copilot/iam-simulate'
const { runSimulation } = require(name)
const version = JSON.parse(readFileSync(`${root}/${name}/package.json`, 'utf8')).version

const named = (documents) => documents.map((policy, at) => ({ name: `p${at}`, policy }))
const levels = (given) => (given ?? []).map((documents, at) => ({ orgIdentifier: `l${at}`, policies: named(documents) }))
const decided = []
for (const one of cases) {
  const answer = await runSimulation({
    request: {
      principal: one.principal ?? { type: 'Anonymous' }, action: one.action,
      resource: { resource: one.resource, accountId: one.account }, contextVariables: one.context,
    },
    sessionPolicy: one.session, identityPolicies: named(one.identity), serviceControlPolicies: levels(one.scps),
    resourceControlPolicies: levels(one.rcps), resourcePolicy: one.policy,
    permissionBoundaryPolicies: one.boundary && named([one.boundary]),
  }, {})
  const ignored = answer.result?.ignoredContextKeys ?? []
  const error = answer.resultType === 'error' ? JSON.stringify(answer.errors) : ignored.length ? `ignored ${ignored}` : undefined
  if (error) console.error(`${one.name}: ${error}`)
  else decided.push({ ...one, decision: answer.overallResult })
}
const names = new Set(decided.map((one) => one.name))
if (names.size !== decided.length) throw new Error('two cases of one name')
const head = { source: `npm ${name} ${version}`, date: new Date().toISOString().slice(0, 10) }
const lines = decided.map((one) => JSON.stringify(one)).join(',\n')
writeFileSync(process.argv[2], `{"source":${JSON.stringify(head.source)},"date":"${head.date}","cases":[\n${lines}\n]}\n`)
const counts = {}
for (const one of decided) counts[one.decision] = (counts[one.decision] ?? 0) + 1
console.log(`${decided.length} of ${cases.length}`, counts)
