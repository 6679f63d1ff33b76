// Events on their way: an address that fails, what the page says of it, what is given up and sent again, by one button and
// by the other, and the end of the subscription with what it was not told.
import { createServer } from 'node:http'
import { PEOPLE, call, check, env, equal, finish, looksRight, newVisitor, ok, openUntil, signIn } from './browser.mjs'

const EVENTS = '/admin/events/'
const { admin, employee } = PEOPLE
const profile = `/company/personal/user/${employee.id}/`

/** What was posted to the handler, and how it answers. */
const posted = []
let status = 500
const handler = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part))
  request.on('end', () => {
    posted.push(new URLSearchParams(body))
    response.statusCode = status
    response.end()
  })
})
await new Promise((done) => handler.listen(0, '127.0.0.1', done))
const HANDLER = `http://127.0.0.1:${handler.address().port}/told`

const page = await newVisitor()
const waiting = page.getByRole('region', { name: /^On their way/ }).getByRole('row').filter({ hasText: HANDLER })
const arrived = page.getByText('Everything has arrived.')
const failure = waiting.getByText('answered with the status 500 Internal Server Error')

/** The people whose events came since the handler had heard of `since`, once there are `count`. */
async function told(since, count) {
  for (let tries = 0; tries < 400 && posted.length < since + count; tries++) await page.waitForTimeout(50)
  return posted.slice(since).map((it) => Number(it.get('data[FIELDS][ID]'))).sort((left, right) => left - right)
}

/** Changes someone's profile by a call. */
const change = (person, position) => call('user.update', { ID: person.id, WORK_POSITION: position })

/** Lets the tries of a day pass: the next one is the last. */
const letADayPass = async () => ok((await fetch(env('MUSTER_LAST_TRY'))).ok, 'the last try')

await check('signing in, and no one else sees events', async () => {
  await signIn(page, admin)
  const other = await newVisitor()
  await signIn(other, employee)
  equal((await other.goto(EVENTS)).status(), 403, 'the status')
  await other.context().close()
})

await check('nothing is on its way', async () => {
  await page.goto('/admin/')
  await page.getByRole('main').getByRole('link', { name: 'Events' }).click()
  await page.waitForURL(`**${EVENTS}`)
  await arrived.waitFor()
  await looksRight(page)
})

let token
await check('an address is told of an event, after a form without one was corrected', async () => {
  await page.getByLabel('What it is for').fill('The canteen')
  await page.getByLabel('Address').fill(HANDLER)
  await page.getByRole('button', { name: 'Make it' }).click()
  await page.getByRole('alert').waitFor()
  equal(await page.getByLabel('Address').inputValue(), HANDLER, 'the address in the form')
  await looksRight(page)
  await page.locator('input[value=ONUSERUPDATE]').check()
  await page.getByRole('button', { name: 'Make it' }).click()
  token = (await page.locator('.secret').innerText()).trim()
  await page.getByRole('row').filter({ hasText: 'The canteen' }).getByText('ONUSERUPDATE').waitFor()
  await looksRight(page)
  await page.goto(EVENTS)
  equal(await page.locator('.secret').count(), 0, 'tokens that are shown later')
})

await check('what does not arrive waits, with the reason and the next try', async () => {
  const person = await newVisitor()
  await signIn(person, employee)
  await person.goto(profile)
  await person.locator('#reach').getByRole('link', { name: 'Change' }).click()
  await person.getByLabel('Mobile').fill('+49 171 777')
  await person.locator('#reach').getByRole('button', { name: 'Save' }).click()
  await person.locator('#reach dl').getByText('+49 171 777').waitFor()
  await person.context().close()
  await openUntil(page, EVENTS, failure)
  const cells = await waiting.getByRole('cell').allTextContents()
  equal([cells[0], cells[1], cells[2]], ['ONUSERUPDATE', `user:${employee.id}`, HANDLER], 'the line')
  ok(Number(cells[4]) >= 1 && cells[5].trim() !== '', `tries and the next one: ${cells}`)
  equal(await page.getByRole('button', { name: /^Send/ }).count(), 0, 'buttons for what is tried by itself')
  await looksRight(page)
})

await check('what was given up is sent again and arrives', async () => {
  await letADayPass()
  await openUntil(page, EVENTS, page.getByText('1 given up'))
  ok(await failure.isVisible(), 'the reason of the last try')
  await looksRight(page)
  const before = posted.length
  status = 200
  await waiting.getByRole('button', { name: 'Send again' }).click()
  await page.getByRole('status').getByText('They are being sent again.').waitFor()
  equal(await told(before, 1), [employee.id], 'of whom it was told')
  const form = posted.at(-1)
  equal([form.get('event'), form.get('auth[application_token]')], ['ONUSERUPDATE', token], 'the event and the token')
  await openUntil(page, EVENTS, arrived)
  equal(await page.getByText('given up').count(), 0, 'what is given up')
})

await check('all that was given up is sent again, on a phone without a script', async () => {
  status = 500
  await change(admin, 'Told of')
  await change(employee, 'Told of')
  await letADayPass()
  await openUntil(page, EVENTS, page.getByText('2 given up'))
  const storageState = await page.context().storageState()
  const plain = await newVisitor({ javaScriptEnabled: false, viewport: { width: 390, height: 780 }, storageState })
  await plain.goto(EVENTS)
  const before = posted.length
  status = 200
  await plain.getByRole('button', { name: 'Send all again' }).click()
  await plain.getByRole('status').getByText('They are being sent again.').waitFor()
  equal(await told(before, 2), [admin.id, employee.id].sort((left, right) => left - right), 'of whom it was told')
  await plain.context().close()
  await openUntil(page, EVENTS, arrived)
})

await check('the subscription ends, with what it was not told', async () => {
  status = 500
  await change(employee, 'Never told of')
  await openUntil(page, EVENTS, failure)
  const line = page.getByRole('row').filter({ hasText: 'The canteen' })
  page.once('dialog', (dialog) => dialog.dismiss())
  await line.getByRole('button', { name: 'Remove' }).click()
  ok(await line.isVisible(), 'it is there as long as one says no')
  page.once('dialog', (dialog) => dialog.accept())
  await line.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('status').getByText('The outgoing webhook is removed.').waitFor()
  await arrived.waitFor()
  equal(await line.count(), 0, 'outgoing webhooks')
  await looksRight(page)
  const before = posted.length
  status = 200
  await change(employee, 'Nobody is told of')
  await page.waitForTimeout(1500)
  equal(posted.length, before, 'what came afterwards')
  // The form that had to be corrected was answered with 422, which Chromium notes.
  equal(page.problems.filter((it) => !it.includes('422')), [], 'errors of the browser')
})

handler.close()
await finish()
