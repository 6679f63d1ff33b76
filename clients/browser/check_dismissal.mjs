// Someone leaves and comes back: by the menu of their profile, with a person to take over, and what everyone sees of it.
import { PEOPLE, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

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

await check('a head of a department leaves and someone is found to take over as one types', async () => {
  await admin.goto('/company/')
  await follow('Dismiss')
  equal(await violations(admin), [], 'violations')
  if (await admin.getByRole('radio').count()) {
    await admin.getByRole('searchbox').fill('a')
    await admin.waitForURL(/q=a/)
    await admin.getByRole('radio').first().check()
  }
  await admin.getByRole('button', { name: 'Dismiss' }).click()
  await admin.waitForURL(/done=dismissed/)
  ok(await admin.getByText('Dismissed', { exact: true }).count(), 'the profile says that they have left')
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
})

await check('the history tells of both', async () => {
  await follow('History')
  equal(await violations(admin), [], 'violations')
  equal(await admin.locator('.history strong').allTextContents(), ['Restored', 'Dismissed'], 'entries')
})

await finish()
