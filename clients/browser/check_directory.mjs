// The directory: finding people as one types, its filters, its columns and its files.
import { PEOPLE, call, check, equal, finish, looksRight, newVisitor, ok, saved, signIn } from './browser.mjs'

const admin = await newVisitor()
await check('signing in', () => signIn(admin, PEOPLE.admin))

/** The headings of the directory. */
async function headings(page) {
  await page.waitForLoadState()
  return page.locator('.people thead th').allTextContents()
}

/** The names in the list, once it is what this field of the form asks for and says that there are so many. */
async function listed(total, field, value) {
  await admin.waitForURL((url) => url.searchParams.get(field) === value)
  await admin.locator('#people-total').getByText(total, { exact: true }).waitFor()
  return admin.locator('.people .person strong').allTextContents()
}

let zoeId
await check('people are found as one types, without leaving the page', async () => {
  const zoe = { EMAIL: 'zoe@example.com', NAME: 'Zoë', LAST_NAME: 'Zwölfer', WORK_POSITION: 'Beekeeper', UF_DEPARTMENT: [1] }
  zoeId = await call('user.add', zoe)
  await admin.goto('/company/')
  await admin.evaluate(() => (window.isTheSamePage = true))
  for (const words of ['zwolf', 'ZOË zw', 'beekeep']) {
    await admin.getByRole('searchbox').fill('')
    await admin.getByRole('searchbox').pressSequentially(words)
    equal(await listed('1 person', 'q', words), ['Zoë Zwölfer'], words)
  }
  await admin.getByRole('searchbox').fill('nobody is called so')
  equal(await listed('0 people', 'q', 'nobody is called so'), [], 'who is found by what no one is called')
  ok(await admin.evaluate(() => window.isTheSamePage && document.activeElement.type === 'search'), 'one types on')
  await admin.goto('/company/?q=beekeep')
  equal(await admin.getByRole('searchbox').inputValue(), 'beekeep', 'the words of an address')
  await admin.getByRole('link', { name: 'Zoë Zwölfer' }).click()
  await admin.waitForURL(`**/company/personal/user/${zoeId}/`)
})

await check('people are narrowed down by department and by what they are', async () => {
  const group = await call('sonet_group.create', { NAME: 'Guests' })
  await call('user.add', { EMAIL: 'guest@example.com', NAME: 'Gusta', LAST_NAME: 'Guest', EXTRANET: 'Y', SONET_GROUP_ID: [group] })
  const [{ UF_DEPARTMENT: [department] }] = await call('user.get', { ID: PEOPLE.employee.id })
  const there = await call('user.get', { FILTER: { UF_DEPARTMENT: department, ACTIVE: true } })
  await admin.goto('/company/')
  const select = admin.getByRole('combobox', { name: 'Department', exact: true })
  await select.selectOption(String(department))
  const name = (await select.locator('option:checked').innerText()).replace(/^[— ]+/, '')
  await listed(there.length === 1 ? '1 person' : `${there.length} people`, 'department', String(department))
  const cells = await admin.locator('.people td[data-title=Departments]').allTextContents()
  equal(cells.filter((it) => !it.includes(name)), [], `those who are not in ${name}`)
  await select.selectOption('')
  const who = admin.getByRole('combobox', { name: 'Who', exact: true })
  await who.selectOption({ label: 'From outside' })
  equal(await listed('1 person', 'state', 'outside'), ['Gusta Guest'], 'people from outside')
  equal(await admin.locator('.people .tag').allTextContents(), ['From outside'], 'what is said of them')
  await call('user.update', { ID: zoeId, ACTIVE: 'N' })
  await who.selectOption({ label: 'Dismissed' })
  equal(await listed('1 person', 'state', 'dismissed'), ['Zoë Zwölfer'], 'people who have left')
  equal(await admin.locator('.people .tag').allTextContents(), ['Dismissed'], 'what is said of them')
  await who.selectOption({ label: 'Everyone' })
  await admin.waitForURL(/state=all/)
  await admin.getByRole('link', { name: 'Next' }).click()
  await admin.waitForURL(/state=all.*start=50/)
  equal(await who.inputValue(), 'all', 'what is asked on the second page')
  await looksRight(admin)
  await admin.getByRole('link', { name: 'Previous' }).click()
  await admin.waitForURL(/start=0/)
  equal(await admin.locator('.people tbody tr').count(), 50, 'people on the first page')
})

await check('people are narrowed down by custom fields', async () => {
  const add = (name, type, more = {}) => {
    const label = { en: name, ru: name }
    return call('user.userfield.add', { fields: { FIELD_NAME: name.toUpperCase(), USER_TYPE_ID: type, EDIT_FORM_LABEL: label, LIST_COLUMN_LABEL: label, ...more } })
  }
  await add('Floor', 'integer')
  await add('Badge', 'string')
  await add('Since', 'date')
  await add('Buddy', 'employee')
  await add('Shirt', 'enumeration', { LIST: [{ VALUE: 'Small' }, { VALUE: 'Large' }] })
  const shirts = (await call('user.userfield.list', { filter: { FIELD_NAME: 'UF_USR_SHIRT' } }))[0].LIST
  const values = { UF_USR_FLOOR: 7, UF_USR_BADGE: 'K-77', UF_USR_SINCE: '2024-05-06', UF_USR_BUDDY: PEOPLE.admin.id, UF_USR_SHIRT: shirts[1].ID }
  await call('user.update', { ID: PEOPLE.employee.id, ...values })
  const [{ NAME, LAST_NAME }] = await call('user.get', { ID: PEOPLE.employee.id })
  const [buddy] = await call('user.get', { ID: PEOPLE.admin.id })
  const found = [`${NAME} ${LAST_NAME}`]
  const rows = [
    ['Floor: from', 'from-uf_usr_floor', '7', found], ['Floor: from', 'from-uf_usr_floor', '8', []],
    ['Floor: up to', 'until-uf_usr_floor', '7', found], ['Floor: up to', 'until-uf_usr_floor', '6', []],
    ['Badge', 'uf_usr_badge', '77', found], ['Badge', 'uf_usr_badge', '78', []],
    ['Since: from', 'from-uf_usr_since', '2024-05-06', found], ['Since: up to', 'until-uf_usr_since', '2024-05-05', []],
    ['Buddy', 'uf_usr_buddy', buddy.LAST_NAME, found], ['Buddy', 'uf_usr_buddy', 'nobody is called so', []]
  ]
  for (const [label, field, value, names] of rows) {
    await admin.goto('/company/')
    await admin.getByText('More filters').click()
    await admin.getByLabel(label, { exact: true }).fill(value)
    equal(await listed(names.length ? '1 person' : '0 people', field, value), names, `${label} ${value}`)
  }
  await admin.goto('/company/')
  await admin.getByText('More filters').click()
  const shirt = admin.getByRole('combobox', { name: 'Shirt', exact: true })
  await shirt.selectOption({ label: 'Large' })
  equal(await listed('1 person', 'uf_usr_shirt', shirts[1].ID), found, 'by a value of a list')
  await admin.reload()
  ok(await shirt.isVisible(), 'what is asked for stays in sight')
  await looksRight(admin)
  // The file has no more than the list.
  const csv = (await saved(admin, admin.getByRole('link', { name: 'CSV' }))).toString()
  equal(csv.trim().split('\r\n').length, 2, 'lines of the file')
})

await check('columns are chosen and ordered by keyboard', async () => {
  await admin.goto('/company/')
  equal(await headings(admin), ['Name', 'Position', 'Departments', 'E-mail', 'Telephone'], 'the usual columns')
  await admin.getByRole('link', { name: 'Columns' }).click()
  await admin.getByRole('checkbox', { name: 'Manager' }).check()
  await admin.getByRole('checkbox', { name: 'Telephone' }).uncheck()
  await admin.getByRole('button', { name: 'Save' }).click()
  equal(await headings(admin), ['Name', 'Position', 'Departments', 'E-mail', 'Manager'], 'the chosen columns')
  await admin.goto('/company/columns/')
  const up = admin.getByRole('button', { name: 'Move up: Manager' })
  await up.press('Enter')
  await admin.waitForURL(/moved=up-MANAGER/)
  // The button keeps the focus, so that it can be pressed again at once.
  await admin.locator('button:focus').and(up).waitFor()
  await Promise.all([admin.waitForEvent('load'), admin.keyboard.press('Enter')])
  await looksRight(admin)
  await admin.goto('/company/')
  equal(await headings(admin), ['Name', 'Position', 'Manager', 'Departments', 'E-mail'], 'the new order')
  await looksRight(admin)
})

await check('the files have what is shown', async () => {
  await admin.goto('/company/')
  const name = (await admin.locator('.people .person').first().innerText()).trim().split(/\s+/).pop()
  await admin.getByRole('searchbox').fill(name)
  await admin.waitForURL(/q=/)
  const rows = await admin.locator('.people tbody tr').count()
  const csv = (await saved(admin, admin.getByRole('link', { name: 'CSV' }))).toString()
  ok(csv.startsWith('\ufeff"Last name","First name","Position","Manager","Departments","E-mail"\r\n'), csv.slice(0, 200))
  equal(csv.trim().split('\r\n').length, rows + 1, 'lines')
  const xlsx = await saved(admin, admin.getByRole('link', { name: 'Excel' }))
  equal(xlsx.subarray(0, 2).toString(), 'PK', 'the beginning of a workbook')
  await admin.goto('/company/columns/')
  await admin.getByRole('button', { name: 'Back to the usual ones' }).click()
  await admin.goto('/company/')
  equal(await headings(admin), ['Name', 'Position', 'Departments', 'E-mail', 'Telephone'], 'the usual columns')
})

await check('columns are chosen without a script', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false })
  await signIn(plain, PEOPLE.admin)
  await plain.goto('/company/columns/')
  await plain.getByRole('checkbox', { name: 'Date of birth' }).check()
  await plain.getByRole('button', { name: 'Save' }).click()
  ok((await headings(plain)).includes('Date of birth'), 'the column is there')
})

await check('nothing was wrong in the browser', async () => equal(admin.problems, [], 'errors'))

await finish()
