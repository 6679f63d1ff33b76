// Administration and the pages for developers: a custom field, an incoming webhook, a method that is tried, one's own data.
import { PEOPLE, URL_OF_MUSTER, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

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
  equal((await answer.json()).result.ID, String(PEOPLE.employee.id), 'on whose behalf it calls')
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

await check('a custom field ends with its values', async () => {
  await admin.goto('/admin/fields/')
  await admin.getByRole('link', { name: 'Favourite tea' }).click()
  agree(admin)
  await admin.getByRole('button', { name: 'Delete this field' }).click()
  await admin.waitForURL(/\/admin\/fields\/(\?|$)/)
  equal(await admin.getByRole('link', { name: 'Favourite tea' }).count(), 0, 'fields of this name')
  await employee.goto(profile)
  equal(await employee.getByText('Darjeeling').count(), 0, 'values of it')
  equal([admin.problems, employee.problems], [[], []], 'errors of the browser')
})

await finish()
