// The directory: its columns, its filters and its files; and people who come into it from a file, with and without a script.
import { readFile } from 'node:fs/promises'
import { PEOPLE, SIZES, THEMES, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const admin = await newVisitor()
await check('signing in', () => signIn(admin, PEOPLE.admin))

/** The headings of the directory. */
async function headings(page) {
  await page.waitForLoadState()
  return page.locator('.people thead th').allTextContents()
}

/** What the browser saves when this is clicked. */
async function saved(page, link) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  return readFile(await download.path())
}

/** A file to choose in a form. */
const file = (text, name = 'people.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

/** Nothing sticks out of the window and axe-core finds nothing, in both themes, wide and on a phone. */
async function looksRight(page) {
  for (const colorScheme of THEMES) {
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

await check('a file with mistakes is corrected and imported', async () => {
  await admin.goto('/company/')
  await admin.getByRole('link', { name: 'Import people' }).click()
  await looksRight(admin)
  await admin.getByLabel('A CSV file').setInputFiles(file('Who,Mail,Department\nNewcomer,new@import.example,\nOther,new@import.example,Nowhere\n'))
  await admin.getByRole('button', { name: 'Upload and check' }).click()
  await admin.getByRole('heading', { name: '2 problems' }).waitFor()
  await admin.getByText('Line 2 has the same e-mail address.').waitFor()
  await admin.getByText('There is no department “Nowhere”.').waitFor()
  await looksRight(admin)
  await admin.getByRole('button', { name: 'Discard' }).click()
  await admin.getByLabel('A CSV file').setInputFiles(file('Who,Mail\nNewcomer,new@import.example\nOther,other@import.example\n'))
  await admin.getByRole('button', { name: 'Upload and check' }).click()
  await admin.getByText('All lines are fine').waitFor()
  await admin.getByLabel(/^Who/).selectOption('Last name')
  // What was changed in the form is checked before it counts.
  await admin.getByRole('button', { name: 'Import 2 people' }).click()
  await admin.getByText('All lines are fine').waitFor()
  await admin.getByRole('cell', { name: 'Newcomer' }).waitFor()
  await admin.getByRole('button', { name: 'Import 2 people' }).click()
  await admin.getByText('2 people are in the directory now.').waitFor()
  await looksRight(admin)
  await admin.goto('/company/?q=newcomer')
  await admin.getByText('1 person', { exact: true }).waitFor()
})

const many = (beginning) => Array.from({ length: 1500 }, (_, it) => `${beginning}${it}@import.example,Crowd\n`).join('')

await check('one sees how far a large import is', async () => {
  await admin.goto('/company/import/')
  await admin.getByLabel('A CSV file').setInputFiles(file(`E-mail,Last name\n${many('a')}`))
  await admin.getByRole('button', { name: 'Upload and check' }).click()
  await admin.getByText('All lines are fine').waitFor()
  await admin.getByLabel('Invite everyone').uncheck()
  await admin.getByRole('button', { name: 'Import 1500 people' }).click()
  await admin.getByText('1500 people are in the directory now.').waitFor()
})

await check('all of it works without a script', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false })
  await signIn(plain, PEOPLE.admin)
  await plain.goto('/company/import/')
  await plain.getByLabel('A CSV file').setInputFiles(file(`E-mail,Last name\n${many('b')}`))
  await plain.getByRole('button', { name: 'Upload and check' }).click()
  await plain.getByText('All lines are fine').waitFor()
  await plain.getByRole('button', { name: 'Import 1500 people' }).click()
  await plain.getByText('1500 people are in the directory now.').waitFor()
  await plain.goto('/company/columns/')
  await plain.getByRole('checkbox', { name: 'Date of birth' }).check()
  await plain.getByRole('button', { name: 'Save' }).click()
  ok((await headings(plain)).includes('Date of birth'), 'the column is there')
})

await check('nothing was wrong in the browser', async () => equal(admin.problems, [], 'errors'))

await finish()
