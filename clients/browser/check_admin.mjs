// Administration and the pages for developers: a custom field, an incoming webhook, a method that is tried, one's own data.
import { PEOPLE, URL_OF_MUSTER, check, equal, finish, looksRight, newVisitor, ok, saved, signIn, violations } from './browser.mjs'

const admin = await newVisitor()
const employee = await newVisitor()
const profile = `/company/personal/user/${PEOPLE.employee.id}/`

/** Says yes to the next question of the page. */
const agree = (page) => page.once('dialog', (dialog) => dialog.accept())

await check('signing in', async () => {
  await signIn(admin, PEOPLE.admin)
  await signIn(employee, PEOPLE.employee)
})

await check('a custom field is defined and stands in profiles', async () => {
  await admin.goto('/admin/')
  await admin.getByRole('link', { name: 'Custom fields' }).click()
  await admin.getByLabel('Name in English').fill('Favourite tea')
  await admin.getByLabel('Name in Russian').fill('Любимый чай')
  await admin.getByLabel('Code').fill('TEA')
  await admin.getByLabel('Type', { exact: false }).and(admin.locator('select')).selectOption('enumeration')
  await admin.getByLabel('Values of the list').fill('Assam\nDarjeeling')
  await admin.getByRole('button', { name: 'Add' }).click()
  await admin.getByRole('link', { name: 'Favourite tea' }).waitFor()
  equal(await violations(admin), [], 'violations')
  await admin.goto(profile)
  await admin.locator('#more').getByRole('link', { name: 'Change' }).click()
  await admin.getByLabel('Favourite tea').selectOption({ label: 'Darjeeling' })
  await admin.locator('#more').getByRole('button', { name: 'Save' }).click()
  await admin.locator('#more dl').getByText('Darjeeling').waitFor()
  await employee.goto(profile)
  ok(await employee.getByText('Darjeeling').first().isVisible(), 'the person sees the value')
  const russian = await newVisitor({ locale: 'ru', storageState: await employee.context().storageState() })
  await russian.goto(profile)
  ok(await russian.getByText('Darjeeling').first().isVisible(), 'and the value is there in Russian')
  await russian.context().close()
})

let address
await check('a webhook is made, its address is shown once, and clients call with it', async () => {
  await admin.goto('/admin/')
  await admin.getByLabel('What it is for').fill('The coffee machine')
  await admin.getByLabel('On whose behalf it calls').fill(PEOPLE.employee.email)
  await admin.locator('input[name="scopes[]"][value=user_brief]').check()
  await admin.getByRole('button', { name: 'Make it' }).click()
  address = (await admin.locator('.secret').innerText()).trim()
  equal(await violations(admin), [], 'violations')
  const answer = await admin.request.get(new URL(`${new URL(address).pathname}user.current`, URL_OF_MUSTER).href)
  const { result } = await answer.json()
  equal(result.ID, String(PEOPLE.employee.id), 'on whose behalf it calls')
  ok(result.LAST_NAME && !('EMAIL' in result), 'its scope shows names without addresses')
  const refused = await admin.request.get(new URL(`${new URL(address).pathname}department.get`, URL_OF_MUSTER).href)
  equal((await refused.json()).error, 'insufficient_scope', 'what its scope does not allow')
  await admin.goto('/admin/')
  equal(await admin.locator('.secret').count(), 0, 'addresses that are shown later')
})

await check('a webhook that is revoked ends at once', async () => {
  const line = admin.getByRole('row').filter({ hasText: 'The coffee machine' })
  agree(admin)
  await line.getByRole('button', { name: 'Revoke' }).click()
  await line.getByText('revoked').waitFor()
  const answer = await admin.request.get(new URL(`${new URL(address).pathname}user.current`, URL_OF_MUSTER).href)
  equal(answer.status(), 401, 'the status')
})

await check('an app is for those alone who are named, until it is changed and until it is removed', async () => {
  const open = async (page) => {
    await page.goto('/apps/1/')
    return page.getByRole('heading', { level: 1 }).innerText()
  }
  const line = admin.getByRole('row').filter({ hasText: 'Canteen' })
  const change = async (allowed) => {
    await line.getByRole('link', { name: 'Canteen' }).click()
    await admin.getByRole('textbox', { name: 'Who may use it' }).fill(allowed)
    await admin.getByRole('button', { name: 'Save' }).click()
  }
  await admin.goto('/admin/apps/')
  await admin.getByLabel('Name', { exact: true }).fill('Canteen')
  await admin.getByLabel('Where people are sent back to').fill('https://canteen.example.com/')
  await admin.getByLabel('Installation page').fill('https://canteen.example.com/install')
  await admin.getByRole('textbox', { name: 'Who may use it' }).fill(`U${PEOPLE.admin.id}`)
  await admin.locator('input[name="scopes[]"][value=user_brief]').check()
  await admin.getByRole('button', { name: 'Register' }).click()
  await admin.getByText('client_secret').waitFor()
  await looksRight(admin, ['light'])
  await line.getByRole('button', { name: 'Finish installation' }).click()
  await admin.getByRole('status').getByText('The app is installed.').waitFor()
  equal(await open(employee), 'You may not do that', 'what someone sees who is not named')
  await employee.goto('/apps/')
  equal(await employee.getByRole('link', { name: 'Canteen' }).count(), 0, 'links to it')
  await change('nobody')
  await admin.getByRole('alert').waitFor()
  await admin.goto('/admin/apps/')
  await change(`U${PEOPLE.employee.id}`)
  await admin.getByRole('status').getByText('The app is registered anew.').waitFor()
  await admin.getByText(`U${PEOPLE.employee.id}`, { exact: true }).waitFor()
  await looksRight(admin, ['light'])
  equal([await open(employee), await open(admin)], ['Canteen', 'You may not do that'], 'what both see')
  await employee.getByText('not fully installed yet').waitFor()
  await admin.goto('/admin/apps/')
  admin.once('dialog', (dialog) => dialog.accept())
  await line.getByRole('button', { name: 'Remove' }).click()
  await admin.getByRole('status').getByText('The app is removed.').waitFor()
  equal([await line.count(), await open(employee)], [0, 'There is nothing here'], 'lines of it, and what its address shows')
})

await check('the limits say what is set and what is in use', async () => {
  await admin.goto('/admin/')
  await admin.getByRole('main').getByRole('link', { name: 'Limits' }).click()
  await admin.waitForURL('**/admin/limits/')
  const line = async (key) => (await admin.getByRole('row').filter({ hasText: key }).getByRole('cell').allTextContents()).map((it) => it.trim())
  const people = await line('user_limit')
  await admin.goto('/company/')
  const { total } = (await admin.locator('#people-total').innerText()).match(/(?<total>\d+)/).groups
  equal([people[1], people[2]], ['none', total], 'the limit on people, and how many there are')
  await admin.goto('/admin/limits/')
  equal((await line('private_handlers'))[1], 'off', 'events to private addresses')
  equal((await employee.goto('/admin/limits/')).status(), 403, 'the status for others')
})

await check('a method is found and tried as oneself', async () => {
  await employee.goto('/developers/')
  await employee.getByRole('link', { name: 'user.current', exact: true }).first().click()
  await employee.getByRole('button', { name: 'Call' }).click()
  await employee.locator('.answer').waitFor()
  equal(JSON.parse(await employee.locator('.answer').innerText()).result.ID, String(PEOPLE.employee.id), 'who calls')
  equal(await violations(employee), [], 'violations')
  await employee.goto('/developers/methods/user.add/')
  agree(employee)
  await employee.getByRole('button', { name: 'Call' }).click()
  ok((await employee.locator('.answer').innerText()).includes('"error"'), 'what one may not do is refused')
})

await check('the first steps, the list of methods and the OpenAPI document are there for everyone', async () => {
  await employee.goto('/')
  await employee.getByRole('navigation', { name: 'Main menu' }).getByRole('link', { name: 'For developers' }).click()
  await employee.getByRole('link', { name: 'First steps' }).click()
  await employee.getByRole('heading', { name: 'First steps' }).waitFor()
  for (const name of ['curl', 'python', 'js', 'bx24']) {
    ok((await employee.locator(`#snippet-${name}`).innerText()).includes(new URL(URL_OF_MUSTER).port), `${name} says where this Muster is`)
  }
  equal(await employee.getByRole('link', { name: 'Make a webhook' }).count(), 0, 'ways to what one may not')
  await looksRight(employee)
  await admin.goto('/developers/start/')
  await admin.getByRole('link', { name: 'Make a webhook' }).click()
  await admin.getByRole('heading', { name: 'New webhook' }).waitFor()
  await employee.getByRole('main').getByRole('link', { name: 'For developers' }).click()
  await employee.getByRole('searchbox').pressSequentially('department.tr')
  await employee.getByText('1 method', { exact: true }).waitFor()
  await employee.getByRole('link', { name: 'department.tree' }).waitFor()
  const document = JSON.parse(await saved(employee, employee.getByRole('link', { name: 'OpenAPI' })))
  ok(document.openapi.startsWith('3.') && Object.keys(document.paths).some((it) => it.includes('department.tree')), 'the document')
})

await check('a custom field ends with its values', async () => {
  await admin.goto('/admin/fields/')
  await admin.getByRole('link', { name: 'Favourite tea' }).click()
  agree(admin)
  await admin.getByRole('button', { name: 'Delete this field' }).click()
  await admin.waitForURL(/\/admin\/fields\/(\?|$)/)
  equal(await admin.getByRole('link', { name: 'Favourite tea' }).count(), 0, 'fields of this name')
  await employee.goto(profile)
  equal(await employee.getByText('Darjeeling').count(), 0, 'values of it')
  // What was refused on the way, Chromium notes.
  const problems = [...admin.problems, ...employee.problems].filter((it) => !/status of (403|404|422)/.test(it))
  equal(problems, [], 'errors of the browser')
})

await finish()
