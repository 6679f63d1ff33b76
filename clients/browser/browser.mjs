// What a program that drives the pages needs: Chromium, people who sign in, and how it reports. It gets its input from
// environment variables and prints `ok` and `FAIL` lines, as the programs for the client libraries do.
import { readFile } from 'node:fs/promises'
import axe from 'axe-core'
import { chromium } from 'playwright-core'

const SECONDS_PER_CHECK = 240

let passed = 0
let failed = 0

/** A variable that has to be set. */
export function env(name) {
  if (process.env[name] === undefined) {
    console.log(`the environment variable ${name} is not set, see clients/README.md`)
    process.exit(1)
  }
  return process.env[name]
}

/** Where Muster answers, without a slash at the end. */
export const URL_OF_MUSTER = env('MUSTER_URL')
/** Who can sign in: `{ admin: { email, password, id }, employee: { … } }`. */
export const PEOPLE = JSON.parse(env('MUSTER_PEOPLE'))
/** The addresses of all pages: `[{ path, open }]`. */
export const PAGES = JSON.parse(env('MUSTER_PAGES'))

/** How wide the pages are looked at: on a desk and on a phone. */
export const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 780 } }
export const THEMES = ['light', 'dark']

let browser

/** A new browser of someone, with nothing in it. `options` are those of Playwright's `newContext`. */
export async function newVisitor(options = {}) {
  // Containers run as root, which Chromium's own sandbox does not allow.
  browser ??= await chromium.launch({ executablePath: env('MUSTER_CHROMIUM'), args: ['--no-sandbox'] })
  const context = await browser.newContext({ baseURL: URL_OF_MUSTER, locale: 'en', viewport: SIZES.wide, ignoreHTTPSErrors: true, ...options })
  // Other tests run beside this one, on few processors.
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  page.problems = []
  // What the policy of a page blocks is told here too.
  page.on('console', (message) => {
    // What is no page names no icon, so Chromium asks for one by itself, and perhaps only once the next page is there.
    const isOurs = !message.location().url.endsWith('/favicon.ico')
    if (message.type() === 'error' && isOurs) page.problems.push(message.text())
  })
  page.on('pageerror', (error) => {
    // A page that comes late is shown without its transition, and Chromium says so. Nobody sees a difference.
    const isMissedTransition = /^Transition was (aborted|skipped)/.test(error.message)
    if (!isMissedTransition) page.problems.push(error.message)
  })
  return page
}

/** Signs someone in by the form. */
export async function signIn(page, person) {
  await page.goto('/sign-in/')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in/'))
}

/** Calls a method as the administrator, by a webhook: for what has to be there before a flow begins. Gives the result. */
export async function call(method, params = {}) {
  const sent = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(params) }
  const answer = await (await fetch(`${URL_OF_MUSTER}${env('MUSTER_HOOK')}${method}`, sent)).json()
  if (answer.error) throw new Error(`${method}: ${answer.error} ${answer.error_description}`)
  return answer.result
}

/** Opens a page anew until it shows this: for what Muster does by itself, a moment later. */
export async function openUntil(page, path, locator) {
  await page.goto(path)
  for (let tries = 0; tries < 120 && !(await locator.isVisible()); tries++) {
    await page.waitForTimeout(250)
    await page.goto(path)
  }
  ok(await locator.isVisible(), `${path} does not come to show ${locator}`)
}

/** What the browser saves when this is clicked. */
export async function saved(page, link) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  return readFile(await download.path())
}

/** What axe-core finds wrong with the page as it is now, a line for each violation. */
export async function violations(page) {
  // A click waits until the next page begins, which is before anything of it is there.
  await page.waitForLoadState()
  await page.evaluate(axe.source)
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.map((it) => `${it.id} at ${it.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** Nothing sticks out of the window and axe-core finds nothing, in these themes, wide and on a phone. */
export async function looksRight(page, themes = THEMES) {
  for (const colorScheme of themes) {
    for (const size of Object.values(SIZES)) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(size)
      equal(await violations(page), [], `axe-core, ${colorScheme}, ${size.width}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      ok(wide <= 0, `${wide} pixels wider than the window at ${size.width}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(SIZES.wide)
}

/** Runs the function and reports how it ended. */
export async function check(name, run) {
  let timer
  const tooLong = new Promise((_, reject) => {
    const stop = () => reject(new Error(`not done after ${SECONDS_PER_CHECK} s`))
    timer = setTimeout(stop, SECONDS_PER_CHECK * 1000)
  })
  try {
    await Promise.race([run(), tooLong])
    passed++
    console.log(`ok ${name}`)
  } catch (error) {
    failed++
    const at = String(error?.stack).match(/check_[^/(]+\.mjs:\d+/)?.[0]
    console.log(`FAIL ${name}: ${String(error?.message ?? error).replace(/\s+/g, ' ').slice(0, 1500)} (at ${at})`)
  } finally {
    clearTimeout(timer)
  }
}

export async function finish() {
  await browser?.close()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(passed && !failed ? 0 : 1)
}

export function ok(condition, why) {
  if (!condition) throw new Error(why)
}

export function equal(got, expected, what) {
  const [left, right] = [got, expected].map((it) => JSON.stringify(it))
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`)
}
