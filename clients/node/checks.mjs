// What a checking program needs: its input, and how it reports. The same as
// ../python/checks.py: environment variables in, `ok` and `FAIL` lines out.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

const SECONDS_PER_CHECK = 180

let passed = 0
let failed = 0

function env(name) {
  if (process.env[name] === undefined) {
    console.log(`the environment variable ${name} is not set, see clients/README.md`)
    process.exit(1)
  }
  return process.env[name]
}

/** The webhook URL of MUSTER_HOOK_<kind>. */
export const hook = (kind) => env(`MUSTER_HOOK_${kind}`)

export const EXPECT = JSON.parse(env('MUSTER_EXPECT'))
export const IDS = EXPECT.ids
export const ADMIN_ID = EXPECT.admin_id

const named = EXPECT.sample.filter((row) => row.NAME && row.LAST_NAME)
const isPlain = (row) => /^[\x20-\x7e]*$/.test(row.NAME + row.LAST_NAME)
/** A person with both names, plain letters preferred. */
export const SAMPLE = named.find(isPlain) ?? named[0]
export const SAMPLE_ID = Number(SAMPLE.ID)

/**
 * Runs the function, reports how it ended, and gives what it returned. If it
 * failed, other checks which need that fail too, and say so.
 */
export async function check(name, run) {
  let timer
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done after ${SECONDS_PER_CHECK} s`)),
      SECONDS_PER_CHECK * 1000
    )
  })
  try {
    const value = await Promise.race([run(), tooLong])
    passed++
    console.log(`ok ${name}`)
    return value
  } catch (error) {
    failed++
    console.log(`FAIL ${name}: ${why(error)}`)
    return missing(name)
  } finally {
    clearTimeout(timer)
  }
}

const missing = (name) =>
  new Proxy({}, {
    get(_, key) {
      if (key === 'then') return undefined // it is no promise
      throw new Failed(`needs the result of "${name}", which failed`)
    }
  })

export function finish() {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(passed && !failed ? 0 : 1)
}

class Failed extends Error {}

function why(error) {
  let text = String(error?.message ?? error)
  if (!(error instanceof Failed)) {
    const at = String(error?.stack).match(/[^/(]+\.mjs:\d+/)?.[0]
    text = `${error?.name} ${error?.code ?? ''} ${error?.status ?? ''}: ${text} (at ${at})`
  }
  return text.replace(/\s+/g, ' ').slice(0, 1000)
}

// -- comparing ---------------------------------------------------------------

const show = (value) => (JSON.stringify(value) ?? String(value)).slice(0, 400)

export function equal(got, expected, what) {
  if (!isDeepStrictEqual(got, expected)) {
    throw new Failed(`${what}: expected ${show(expected)}, got ${show(got)}`)
  }
}

export function ok(condition, why) {
  if (!condition) throw new Failed(why)
}

export const ids = (rows) => rows.map((row) => Number(row.ID))

/** Compares whole lists of IDs, in any order, but without repetition. */
export function sameIds(got, expected, what) {
  between(got, expected, expected, what)
}

/** Compares whole lists of IDs, in their order. */
export function inOrder(got, expected, what) {
  sameIds(got, expected, what)
  got.forEach((id, place) => equal(id, expected[place], `${what}: id at place ${place}`))
}

export function between(got, atLeast, atMost, what) {
  const [has, must, may] = [got, atLeast, atMost].map((list) => new Set(list))
  const problems = [
    ['missing', [...must].filter((id) => !has.has(id))],
    ['extra', [...has].filter((id) => !may.has(id))],
    ['twice', got.filter((id, index) => got.indexOf(id) !== index)]
  ]
    .filter(([, found]) => found.length)
    .map(([label, found]) => `${found.length} ${label} such as ${show(found.slice(0, 5))}`)
  if (problems.length) {
    const numbers = `expected ${must.size} ids, got ${got.length}`
    throw new Failed(`${what}: ${numbers}: ${problems.join(', ')}`)
  }
}

/** The error of that class which the promise must end with. */
export async function raised(errorClass, promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    if (error instanceof errorClass) return error
    throw new Failed(`expected ${errorClass.name}, got ${why(error)}`)
  }
  throw new Failed(`expected ${errorClass.name}, got the answer ${show(value)}`)
}

// -- people ------------------------------------------------------------------

/** An address nobody has, different in every program, run and call. */
export const newEmail = (program) => `${program}-${randomUUID()}@example.com`

/** Whether LIKE finds the part, with accents folded away or not. */
export const like = (row, field, part, fold = false) =>
  plain(row[field] ?? '', fold).includes(plain(part, fold))

function plain(text, fold) {
  if (fold) text = text.normalize('NFKD').replace(/\p{M}/gu, '')
  return text.toLowerCase()
}
