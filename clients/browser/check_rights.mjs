// Rights: an administrator gives one to a department, and someone of that department uses it, until it is taken.
import { PEOPLE, SIZES, THEMES, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const RIGHT = '/admin/rights/invite_people/'
const admin = await newVisitor()
const member = await newVisitor()
await check('signing in', async () => {
  await signIn(admin, PEOPLE.admin)
  await signIn(member, PEOPLE.employee)
})

await check('whoever has no right sees no way to it', async () => {
  await member.goto('/company/')
  equal(await member.getByRole('link', { name: 'Invitations' }).count(), 0, 'entries of the menu')
  equal((await member.goto('/company/invitations/new/')).status(), 403, 'the page itself')
  equal((await member.goto('/admin/rights/')).status(), 403, 'the page of rights')
})

let department
await check('the right is given to a department, by keyboard and without a mouse', async () => {
  await member.goto(`/company/personal/user/${PEOPLE.employee.id}/`)
  department = (await member.locator('.profile-top .muted').first().innerText()).split(', ')[0]
  await admin.goto('/admin/rights/')
  await admin.getByRole('link', { name: /^Change.*: Invite people/ }).focus()
  await admin.keyboard.press('Enter')
  await admin.waitForURL(`**${RIGHT}`)
  const option = admin.getByLabel('Add a department').locator('option').filter({ hasText: department }).first()
  await admin.getByLabel('Add a department').selectOption(await option.getAttribute('value'))
  await admin.getByRole('button', { name: 'Save' }).focus()
  await admin.keyboard.press('Enter')
  await admin.getByRole('status').first().waitFor()
  ok(await admin.getByLabel(`${department} and all below`).isChecked(), 'it is ticked now')
  equal(await violations(admin), [], 'violations')
})

await check('a person is found as one types', async () => {
  await admin.getByLabel('Add a person').fill('a')
  await admin.getByLabel('Add a person').press('End')
  await admin.locator('datalist option').first().waitFor({ state: 'attached' })
  equal(await violations(admin), [], 'violations')
  equal(admin.problems, [], 'errors of the browser')
})

await check('someone of that department invites', async () => {
  await member.goto('/')
  await member.getByRole('link', { name: 'Invitations' }).click()
  await member.getByRole('link', { name: 'Invite people' }).click()
  await member.locator('textarea[name=addresses]').fill('newcomer@example.com')
  await member.locator('main form button.button-main').click()
  await member.waitForURL(/done=invited/)
  ok(await member.getByText('newcomer@example.com').first().isVisible(), 'the invitation is listed')
})

await check('the right ends at once when it is taken', async () => {
  await admin.goto(RIGHT)
  await admin.getByLabel(`${department} and all below`).uncheck()
  await admin.getByRole('button', { name: 'Save' }).click()
  await admin.waitForURL(/done=saved/)
  equal((await member.goto('/company/invitations/new/')).status(), 403, 'the page')
})

for (const colorScheme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await check(`the form of a right, ${colorScheme}, ${size}`, async () => {
      const page = await newVisitor({ colorScheme, viewport })
      await signIn(page, PEOPLE.admin)
      for (const path of [RIGHT, '/admin/rights/', '/admin/rights/own/']) {
        await page.goto(path)
        equal(await violations(page), [], `${path}: axe-core`)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        ok(wide <= 0, `${path} is ${wide} pixels wider than the window`)
      }
      await page.context().close()
    })
  }
}
await finish()
