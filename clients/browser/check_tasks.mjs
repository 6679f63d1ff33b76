// Tasks: one is set from someone's profile, worked on by its assignee, talked about, controlled, found in the lists, deleted.
import { PEOPLE, SIZES, call, check, equal, finish, looksRight, newVisitor, ok, signIn, violations } from './browser.mjs'

const { admin, employee } = PEOPLE
const profile = `/company/personal/user/${employee.id}/`
const creator = await newVisitor()
const doer = await newVisitor()

/** The task on whose card the page is. */
const pathOf = (page) => new URL(page.url()).pathname
/** Clicks or presses what changes the card, and waits for the card that comes of it. */
async function doing(page, act) {
  await Promise.all([page.waitForEvent('load'), act()])
  await page.getByRole('status').getByText('Saved.').waitFor()
}
const button = (page, name) => page.getByRole('button', { name, exact: true })
/** The status at the top of the card. */
const status = (page) => page.locator('.head .tag').first().innerText()
/** The buttons that move the task on. */
const verbs = (page) => page.locator('button[name=verb]').allTextContents()
const row = (page, title) => page.locator('#tasks').getByRole('row').filter({ hasText: title })

await check('signing in', async () => {
  await signIn(creator, admin)
  await signIn(doer, employee)
})

await check('a task is set from the profile of whoever is to do it', async () => {
  await creator.goto(profile)
  await creator.getByText('There is nothing to do.').waitFor()
  await creator.getByRole('link', { name: 'New task for them' }).click()
  await creator.getByRole('heading', { name: /^Tasks of / }).waitFor()
  await creator.getByLabel('Task', { exact: true }).fill(' ')
  await creator.getByLabel('Description').fill('With a <b>wide</b> brush')
  await button(creator, 'Add it').click()
  await creator.getByRole('alert').waitFor()
  equal(await creator.getByLabel('Description').inputValue(), 'With a <b>wide</b> brush', 'what was typed')
  await looksRight(creator, ['light'])
  await creator.getByLabel('Task', { exact: true }).fill('Paint the fence')
  await creator.getByLabel('Deadline').fill('2020-03-01')
  await button(creator, 'Add it').click()
  await creator.waitForURL(/\/tasks\/\d+\/\?done=saved/)
  await creator.getByRole('heading', { name: 'Paint the fence' }).waitFor()
  equal(await creator.locator('.task-text').first().innerText(), 'With a <b>wide</b> brush', 'the description')
  await looksRight(creator)
})
const path = pathOf(creator)

await check('the profile, the start page and the list show it', async () => {
  await creator.goto(profile)
  const tasks = creator.getByRole('region', { name: /^Tasks/ })
  await tasks.getByRole('link', { name: 'Paint the fence' }).waitFor()
  await tasks.getByText('1 overdue').waitFor()
  await tasks.getByRole('link', { name: 'All tasks' }).click()
  await row(creator, 'Paint the fence').waitFor()
  await creator.getByRole('link', { name: 'Set by them' }).click()
  await creator.getByText('0 tasks').waitFor()
  await doer.goto('/')
  await doer.getByRole('link', { name: 'Paint the fence' }).waitFor()
  await doer.getByRole('navigation', { name: 'Main menu' }).getByRole('link', { name: 'Tasks' }).click()
  await doer.waitForURL('**/tasks/')
  await row(doer, 'Paint the fence').getByText('overdue').waitFor()
  await looksRight(doer)
  await row(doer, 'Paint the fence').getByRole('link').click()
  await doer.waitForURL(`**${path}`)
})

await check('it is begun, paused, deferred and resumed by keyboard', async () => {
  equal(await button(doer, 'Delete').count(), 0, 'buttons that delete what someone else has set')
  for (const [verb, becomes] of [['Start', 'In progress'], ['Pause', 'Pending'], ['Defer', 'Deferred'], ['Resume', 'Pending'], ['Start', 'In progress']]) {
    await button(doer, verb).focus()
    await doing(doer, () => doer.keyboard.press('Enter'))
    equal(await status(doer), becomes, `the status after ${verb}`)
  }
})

await check('its checklist grows and is ticked by keyboard', async () => {
  for (const title of ['Buy paint', 'Wash the brush']) {
    await doer.getByLabel('New item').fill(title)
    await doing(doer, () => doer.keyboard.press('Enter'))
    await doer.getByText(title, { exact: true }).waitFor()
  }
  const item = button(doer, 'Buy paint')
  for (const pressed of ['true', 'false', 'true']) {
    await item.focus()
    await doing(doer, () => doer.keyboard.press('Space'))
    equal(await item.getAttribute('aria-pressed'), pressed, 'whether it is ticked')
  }
  equal(await button(doer, 'Wash the brush').getAttribute('aria-pressed'), 'false', 'whether the other one is')
  await looksRight(doer)
})

await check('both talk about it', async () => {
  await doer.getByLabel('Comment', { exact: true }).fill('Green, or\nwhite <i>again</i>?')
  await doing(doer, () => button(doer, 'Send').click())
  await creator.goto(path)
  await creator.getByRole('article').getByText('white <i>again</i>?').waitFor()
  equal(await button(creator, 'Buy paint').getAttribute('aria-pressed'), 'true', 'what was ticked')
  await creator.getByLabel('Comment', { exact: true }).fill('White')
  await doing(creator, () => button(creator, 'Send').click())
  equal(await creator.getByRole('article').count(), 2, 'comments')
  await doer.goto(path)
  await doer.getByRole('article').getByText('White', { exact: true }).waitFor()
  equal(await violations(doer), [], 'violations')
})

await check('it is completed, gone from what is to do, and found among what is done', async () => {
  await doing(doer, () => button(doer, 'Complete').click())
  equal(await status(doer), 'Completed', 'the status')
  await doer.goto('/tasks/')
  equal(await row(doer, 'Paint the fence').count(), 0, 'what is to do')
  await doer.getByLabel('With completed ones').check()
  await row(doer, 'Paint the fence').waitFor()
  ok(doer.url().includes('done=1'), doer.url())
  await creator.goto(profile)
  await creator.getByText('There is nothing to do.').waitFor()
})

await check('a task under control is given back once and then accepted', async () => {
  const fields = { TITLE: 'Count the chairs', RESPONSIBLE_ID: employee.id, TASK_CONTROL: 'Y' }
  const card = `/tasks/${(await call('tasks.task.add', { fields })).task.id}/`
  for (const [verb, becomes] of [['Give back', 'Pending'], ['Accept', 'Completed']]) {
    await doer.goto(card)
    await doing(doer, () => button(doer, 'Complete').click())
    equal(await status(doer), 'Awaiting control', 'the status')
    equal((await verbs(doer)).filter((it) => ['Accept', 'Give back'].includes(it)), [], 'what the assignee decides alone')
    await creator.goto(card)
    await doing(creator, () => button(creator, verb).click())
    equal(await status(creator), becomes, `the status after ${verb}`)
  }
})

await check('each list has its tasks', async () => {
  const add = (title, fields) => call('tasks.task.add', { fields: { TITLE: title, RESPONSIBLE_ID: admin.id, ...fields } })
  await add('Helped with', { ACCOMPLICES: [employee.id] })
  await add('Looked at', { AUDITORS: [employee.id] })
  const { task } = await add('Secret of others', {})
  await doer.goto('/tasks/?new=1')
  await doer.getByLabel('Task', { exact: true }).fill('Ask for help')
  await doer.getByLabel(/^For whom/).fill('nobody@example.com')
  await button(doer, 'Add it').click()
  await doer.getByRole('alert').getByText('There is no one with this e-mail address.').waitFor()
  await doer.getByLabel(/^For whom/).fill(admin.email)
  await button(doer, 'Add it').click()
  await doer.waitForURL(/\/tasks\/\d+\/\?done=saved/)
  await doer.goto('/tasks/')
  for (const [tab, title] of [['Helping', 'Helped with'], ['Watching', 'Looked at'], ['Set by me', 'Ask for help'], ['All', 'Ask for help']]) {
    await doer.getByRole('link', { name: tab, exact: true }).click()
    await doer.locator('.tabs a[aria-current=page]').getByText(tab, { exact: true }).waitFor()
    await row(doer, title).waitFor()
    equal(await row(doer, 'Secret of others').count(), 0, `hidden tasks under ${tab}`)
  }
  equal((await doer.goto(`/tasks/${task.id}/`)).status(), 404, 'the status of a hidden one')
})

await check('a task is found as one types, and lists have pages', async () => {
  const add = (number) => [`t${number}`, `tasks.task.add?fields[TITLE]=Chair ${number}&fields[RESPONSIBLE_ID]=${employee.id}`]
  // A batch has fifty calls at most.
  for (const first of [1, 30]) await call('batch', { cmd: Object.fromEntries(Array.from({ length: 29 }, (_, it) => add(first + it))) })
  await doer.goto('/tasks/')
  await doer.getByText('58 tasks').waitFor()
  await doer.getByRole('link', { name: 'Next page' }).click()
  await doer.waitForURL(/start=50/)
  equal(await doer.locator('#tasks tbody tr').count(), 8, 'tasks on the second page')
  await looksRight(doer, ['light'])
  await doer.getByRole('link', { name: 'Earlier page' }).click()
  await doer.waitForURL(/start=0/)
  await doer.evaluate(() => (window.isTheSamePage = true))
  await doer.getByRole('searchbox').pressSequentially('chair 58')
  await doer.locator('#tasks').getByText('1 task', { exact: true }).waitFor()
  equal(await row(doer, 'Chair 58').count(), 1, 'what is found')
  ok(await doer.evaluate(() => window.isTheSamePage && document.activeElement.type === 'search'), 'one types on')
})

await check('without a script and on a phone', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false, viewport: SIZES.phone, storageState: await doer.context().storageState() })
  await plain.goto('/tasks/?q=chair+57')
  await row(plain, 'Chair 57').getByRole('link').click()
  await plain.waitForURL(/\/tasks\/\d+\/$/)
  await doing(plain, () => button(plain, 'Start').click())
  equal(await status(plain), 'In progress', 'the status')
  await plain.getByLabel('New item').fill('Sit')
  await doing(plain, () => plain.locator('form[action$="/item/"] button').click())
  await doing(plain, () => button(plain, 'Sit').click())
  equal(await button(plain, 'Sit').getAttribute('aria-pressed'), 'true', 'whether it is ticked')
  await plain.getByLabel('Comment', { exact: true }).fill('Comfortable')
  await doing(plain, () => button(plain, 'Send').click())
  equal(await plain.getByRole('article').count(), 1, 'comments')
  await plain.context().close()
})

await check('whoever has set it deletes it, after being asked', async () => {
  await creator.goto(path)
  creator.once('dialog', (dialog) => dialog.dismiss())
  await button(creator, 'Delete').click()
  ok(await button(creator, 'Delete').isVisible(), 'it is there as long as one says no')
  creator.once('dialog', (dialog) => dialog.accept())
  await button(creator, 'Delete').click()
  await creator.waitForURL(/done=task-deleted/)
  equal((await doer.goto(path)).status(), 404, 'the status')
  // What was refused on the way, Chromium notes.
  const problems = [...creator.problems, ...doer.problems].filter((it) => !/status of (404|422)/.test(it))
  equal(problems, [], 'errors of the browser')
})

await finish()
