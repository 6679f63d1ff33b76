// People who come into the directory from a file: mistakes and corrections, progress, with and without a script.
import { PEOPLE, check, equal, finish, looksRight, newVisitor, signIn } from './browser.mjs'

const admin = await newVisitor()
await check('signing in', () => signIn(admin, PEOPLE.admin))

/** A file to choose in a form. */
const file = (text, name = 'people.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

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

/** How long many people may take on a busy machine, in milliseconds. */
const PATIENCE = 90_000
const many = (beginning) => Array.from({ length: 1500 }, (_, it) => `${beginning}${it}@import.example,Crowd\n`).join('')

await check('one sees how far a large import is', async () => {
  await admin.goto('/company/import/')
  await admin.getByLabel('A CSV file').setInputFiles(file(`E-mail,Last name\n${many('a')}`))
  await admin.getByRole('button', { name: 'Upload and check' }).click()
  await admin.getByText('All lines are fine').waitFor()
  await admin.getByLabel('Invite everyone').uncheck()
  await admin.getByRole('button', { name: 'Import 1500 people' }).click()
  await admin.getByText('1500 people are in the directory now.').waitFor({ timeout: PATIENCE })
})

await check('all of it works without a script', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false })
  await signIn(plain, PEOPLE.admin)
  await plain.goto('/company/import/')
  await plain.getByLabel('A CSV file').setInputFiles(file(`E-mail,Last name\n${many('b')}`))
  await plain.getByRole('button', { name: 'Upload and check' }).click()
  await plain.getByText('All lines are fine').waitFor()
  await plain.getByRole('button', { name: 'Import 1500 people' }).click()
  await plain.getByText('1500 people are in the directory now.').waitFor({ timeout: PATIENCE })
})

await check('nothing was wrong in the browser', async () => equal(admin.problems, [], 'errors'))

await finish()
