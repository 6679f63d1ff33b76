// Every page in both themes, wide and on a phone: without a violation of axe-core, without an error of the browser, within
// the window, within the budget of requests.
import { PAGES, PEOPLE, SIZES, THEMES, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

/** The page itself, style sheet, script and symbols. Beside them are only photos, and the browser's own favicon. */
const MOST_REQUESTS = 4

async function look(page, path) {
  page.problems.length = 0
  const requests = []
  const note = (request) => requests.push(new URL(request.url()).pathname)
  page.on('request', note)
  const answer = await page.goto(path).catch((problem) => {
    if (problem.message.includes('Download is starting')) return undefined
    throw problem
  })
  // Neither a file to save nor an answer to a script has looks.
  const isPage = answer?.headers()['content-type']?.startsWith('text/html')
  if (!isPage) return page.off('request', note)
  await page.waitForLoadState('networkidle')
  page.off('request', note)
  // An example of an address may have nothing behind it; the page that says so is held to the same.
  ok(answer.status() < 500, `${path} answers ${answer.status()}`)
  equal(await violations(page), [], `${path}: axe-core`)
  const errors = page.problems.filter((it) => answer.ok() || !it.startsWith('Failed to load resource'))
  equal(errors, [], `${path}: errors in the browser`)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  ok(wide <= 0, `${path} is ${wide} pixels wider than the window`)
  const own = requests.filter((it) => !/^\/(files|static\/favicon)/.test(it))
  ok(own.length <= MOST_REQUESTS, `${path} takes the requests ${own}`)
}

for (const colorScheme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const page = await newVisitor({ colorScheme, viewport })
    for (const { path } of PAGES.filter((it) => it.open)) {
      await check(`${path} for everyone, ${colorScheme}, ${size}`, () => look(page, path))
    }
    await check(`signing in, ${colorScheme}, ${size}`, () => signIn(page, PEOPLE.admin))
    for (const { path } of PAGES.filter((it) => !it.open)) {
      await check(`${path}, ${colorScheme}, ${size}`, () => look(page, path))
    }
    await check(`the account's menu, ${colorScheme}, ${size}`, async () => {
      await page.goto('/')
      await page.locator('summary').first().click()
      equal(await violations(page), [], 'axe-core')
    })
    await page.context().close()
  }
}
await finish()
