// The audit log: an administrator searches by person, deed and days, pages on, and opens what an entry is about.
import { PEOPLE, SIZES, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const LOG = '/admin/audit/'
const admin = await newVisitor()
const employee = await newVisitor()
const profile = `/company/personal/user/${PEOPLE.employee.id}/`

/** The entries of the page: the words for what was done. */
async function deeds(page = admin) {
  await page.waitForLoadState()
  return page.locator('.audit-what strong').allTextContents()
}

/** Fills the form and searches. Fields that are left out are empty. */
async function search({ who = '', deed = '', object = '', from = '', to = '' }) {
  await admin.goto(LOG)
  const form = admin.getByRole('search')
  await form.getByLabel('Who (name').fill(who)
  if (deed) await form.getByLabel('What was done').selectOption(deed)
  if (object) await form.getByLabel('Kind of object').selectOption(object)
  await form.getByLabel('From', { exact: true }).fill(from)
  await form.getByLabel('To', { exact: true }).fill(to)
  await form.getByRole('button', { name: 'Search' }).click()
  await admin.waitForURL(/who=/)
}

/** A day before or after today, as a field of a form takes it. */
function day(later) {
  return new Date(Date.now() + later * 86_400_000).toISOString().slice(0, 10)
}

await check('both sign in, and sixty changes are made', async () => {
  await signIn(admin, PEOPLE.admin)
  await signIn(employee, PEOPLE.employee)
  for (let number = 0; number < 60; number++) {
    await employee.goto('/settings/')
    const form = await employee.locator('main input[name="form"]').first().inputValue()
    const sent = { form, theme: number % 2 ? 'light' : 'dark', language: 'en' }
    const answer = await employee.request.post('/settings/', { form: sent, maxRedirects: 0 })
    equal(answer.status(), 303, 'choosing a theme')
  }
})

await check('the log is found by the menu of administration', async () => {
  await admin.goto('/admin/')
  await admin.getByRole('link', { name: 'Audit log' }).click()
  await admin.waitForURL(`**${LOG}`)
  equal(await violations(admin), [], 'violations')
  equal((await deeds()).length, 50, 'entries on the first page')
})

await check('by person and deed, with what was typed still in the form', async () => {
  await search({ who: PEOPLE.employee.email, deed: 'USER_AUTHORIZE' })
  equal(await deeds(), ['Signed in'], 'deeds')
  equal(await admin.getByLabel('Who (name').inputValue(), PEOPLE.employee.email, 'the person in the form')
  equal(await admin.getByLabel('What was done').inputValue(), 'USER_AUTHORIZE', 'the deed in the form')
  await search({ who: String(PEOPLE.admin.id), deed: 'PREFERENCES_SET' })
  equal(await deeds(), [], 'what someone else did')
  await admin.getByText('There are no such entries.').waitFor()
  equal(await violations(admin), [], 'violations where nothing is found')
})

await check('by days', async () => {
  await search({ deed: 'USER_AUTHORIZE', from: day(-1), to: day(1) })
  ok((await deeds()).length >= 2, 'entries of today')
  await search({ deed: 'USER_AUTHORIZE', from: day(2) })
  equal(await deeds(), [], 'entries of the day after tomorrow')
  await search({ deed: 'USER_AUTHORIZE', to: day(-2) })
  equal(await deeds(), [], 'entries up to the day before yesterday')
})

await check('on to older entries with the same search, and back to the latest', async () => {
  await search({ who: PEOPLE.employee.email, deed: 'PREFERENCES_SET' })
  equal((await deeds()).length, 50, 'the first page')
  await admin.getByRole('link', { name: 'Older' }).focus()
  await admin.keyboard.press('Enter')
  await admin.waitForURL(/before=/)
  equal((await deeds()).length, 10, 'the second page')
  equal(await admin.getByLabel('What was done').inputValue(), 'PREFERENCES_SET', 'the deed in the form')
  equal(await admin.getByRole('link', { name: 'Older' }).count(), 0, 'links to more')
  equal(await violations(admin), [], 'violations')
  await admin.getByRole('link', { name: 'Latest' }).click()
  await admin.waitForURL((url) => !url.search.includes('before='))
  equal((await deeds()).length, 50, 'the first page again')
})

await check('what an entry is about opens, and so does whoever did it', async () => {
  await search({ who: PEOPLE.employee.email, deed: 'USER_AUTHORIZE' })
  await admin.locator('.audit-what a').first().click()
  await admin.waitForURL(`**${profile}`)
  await admin.goBack()
  await admin.locator('.audit-who a').first().click()
  await admin.waitForURL(`**${profile}`)
})

await check('without a script and on a phone', async () => {
  const storageState = await admin.context().storageState()
  const plain = await newVisitor({ javaScriptEnabled: false, viewport: SIZES.phone, storageState })
  await plain.goto(LOG)
  await plain.getByLabel('Who (name').fill(PEOPLE.employee.email)
  await plain.getByLabel('What was done').selectOption('USER_AUTHORIZE')
  await plain.getByRole('button', { name: 'Search' }).click()
  equal(await deeds(plain), ['Signed in'], 'deeds')
  await plain.context().close()
})

await check('no one but administrators sees it', async () => {
  equal((await employee.goto(LOG)).status(), 403, 'the status')
})

await finish()
