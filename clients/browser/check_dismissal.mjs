// Someone leaves and comes back: by the menu of their profile, with a person who takes over what rests on them, and what
// everyone sees of it.
import { PEOPLE, call, check, equal, finish, looksRight, newVisitor, ok, signIn, violations } from './browser.mjs'

const profile = `/company/personal/user/${PEOPLE.employee.id}/`
const admin = await newVisitor()
const leaver = await newVisitor()
await check('both sign in', async () => {
  await signIn(admin, PEOPLE.admin)
  await signIn(leaver, PEOPLE.employee)
})

/** Opens the menu of the profile by keyboard and follows the entry of this name. */
async function follow(name) {
  await admin.goto(profile)
  await admin.locator('.profile-top summary').focus()
  await admin.keyboard.press('Enter')
  equal(await violations(admin), [], 'violations with the menu open')
  await admin.getByRole('link', { name, exact: true }).click()
}

let heir
await check('what rests on someone is counted, and whoever takes over is found as one types', async () => {
  const [{ UF_DEPARTMENT: [department] }] = await call('user.get', { ID: PEOPLE.employee.id })
  await call('department.update', { ID: department, UF_HEAD: PEOPLE.employee.id })
  await call('sonet_group.create', { NAME: 'Chess', OWNER_ID: PEOPLE.employee.id })
  await call('tasks.task.add', { fields: { TITLE: 'Polish the pawns', RESPONSIBLE_ID: PEOPLE.employee.id } })
  await admin.goto('/company/')
  await follow('Dismiss')
  for (const duty of ['Departments headed', 'Workgroups', 'Open tasks']) {
    equal(await admin.locator('.facts-list > div').filter({ hasText: duty }).locator('dd').innerText(), '1', duty)
  }
  await looksRight(admin)
  await admin.getByRole('searchbox').fill('a')
  await admin.waitForURL(/q=a/)
  const chosen = admin.locator(`input[name=heir]:not([value="${PEOPLE.admin.id}"])`).first()
  heir = await chosen.inputValue()
  await chosen.check()
  await admin.getByRole('button', { name: 'Dismiss' }).click()
  await admin.waitForURL(/done=dismissed/)
  await admin.locator('.profile-top').getByText('Dismissed', { exact: true }).waitFor()
})

await check('the department, the workgroup and the task are with whoever took over', async () => {
  await admin.goto(`/company/personal/user/${heir}/`)
  await admin.getByRole('region', { name: /^Workgroups/ }).getByText('Chess').waitFor()
  await admin.getByRole('region', { name: /^Tasks/ }).getByRole('link', { name: 'Polish the pawns' }).waitFor()
  const [{ UF_DEPARTMENT: [department] }] = await call('user.get', { ID: PEOPLE.employee.id })
  await admin.goto(`/company/structure/${department}/`)
  await admin.locator(`.card-head a[href="/company/personal/user/${heir}/"]`).waitFor()
})

await check('whoever has left is out at once and cannot come in', async () => {
  await leaver.goto('/')
  ok(leaver.url().includes('/sign-in/'), leaver.url())
  await leaver.getByLabel('E-mail').fill(PEOPLE.employee.email)
  await leaver.getByLabel('Password').fill(PEOPLE.employee.password)
  await leaver.getByRole('button', { name: 'Sign in', exact: true }).click()
  await leaver.getByRole('alert').waitFor()
})

await check('whoever is restored signs in again', async () => {
  await follow('Restore')
  equal(await violations(admin), [], 'violations')
  await admin.getByRole('button', { name: 'Restore' }).click()
  await admin.waitForURL(/done=restored/)
  await signIn(leaver, PEOPLE.employee)
  await leaver.goto('/tasks/')
  equal(await leaver.getByRole('link', { name: 'Polish the pawns' }).count(), 0, 'tasks that come back by themselves')
})

await check('the history tells of both', async () => {
  await follow('History')
  equal(await violations(admin), [], 'violations')
  equal(await admin.locator('.history strong').allTextContents(), ['Restored', 'Dismissed'], 'entries')
})

await finish()
