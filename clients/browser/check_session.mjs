// Signing in, by keyboard and without a script; the menu; the languages; sessions in several browsers.
import { PEOPLE, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const { admin, employee } = PEOPLE
const heading = (page) => page.getByRole('heading', { level: 1 }).innerText()

await check('a wrong password is told and the address is kept', async () => {
  const page = await newVisitor()
  await page.goto('/settings/')
  await page.getByLabel('E-mail').fill(employee.email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('alert').getByText('password is wrong').waitFor()
  equal(await page.getByLabel('E-mail').inputValue(), employee.email, 'the address')
  await page.getByLabel('Password').fill(employee.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('**/settings/')
})

await check('everything goes by keyboard', async () => {
  const page = await newVisitor()
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await page.goto('/sign-in/')
  await press('Tab')
  await page.keyboard.type(admin.email)
  await press('Tab')
  await page.keyboard.type(admin.password)
  await press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
  await press('Tab')
  equal(await page.evaluate(() => document.activeElement.className), 'skip', 'the first stop')
  await press('Enter', 'Shift+Tab')
  await page.locator('summary').first().focus()
  await press('Enter')
  ok(await page.getByRole('link', { name: 'Settings' }).isVisible(), 'the menu opens')
  await press('Tab', 'Escape')
  ok(!(await page.getByRole('link', { name: 'Settings' }).isVisible()), 'the menu closes')
  equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY', 'where the focus is')
})

await check('the menu closes when one clicks elsewhere', async () => {
  const page = await newVisitor()
  await signIn(page, admin)
  await page.locator('summary').first().click()
  await page.getByRole('link', { name: 'Settings' }).waitFor()
  await page.locator('main').click({ position: { x: 5, y: 300 } })
  await page.getByRole('link', { name: 'Settings' }).waitFor({ state: 'hidden' })
})

await check('all works without a script', async () => {
  const page = await newVisitor({ javaScriptEnabled: false })
  await signIn(page, employee)
  await page.locator('summary').first().click()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByLabel('Language').selectOption('ru')
  await page.getByLabel('Dark').check()
  await page.getByRole('button', { name: 'Save' }).click()
  equal(await heading(page), 'Настройки', 'the language')
  equal(await page.getAttribute('html', 'data-theme'), 'dark', 'the theme')
  await page.getByLabel('Язык').selectOption('')
  await page.getByLabel('Как на устройстве').check()
  await page.getByRole('button', { name: 'Сохранить' }).click()
  await page.getByRole('status').getByText('Saved.').waitFor()
  await page.locator('summary').first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('status').getByText('signed out').waitFor()
  await page.goto('/')
  equal(new URL(page.url()).pathname, '/sign-in/', 'where one is')
})

await check('a browser asks for Russian', async () => {
  const page = await newVisitor({ locale: 'ru-RU' })
  await page.goto('/sign-in/')
  equal(await heading(page), 'Вход', 'the heading')
})

await check('the list of sessions names the browsers, and one of them is signed out', async () => {
  const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const [here, there, elsewhere] = [await newVisitor(), await newVisitor({ userAgent }), await newVisitor()]
  for (const page of [here, there, elsewhere]) await signIn(page, employee)
  await here.goto('/settings/security/')
  const list = here.getByRole('region', { name: /^Where you are signed in/ })
  ok(await list.getByRole('listitem').first().isVisible(), 'there is a list')
  equal(await list.getByText('This browser').count(), 1, 'browsers that are this one')
  const other = list.getByRole('listitem').filter({ hasText: 'Firefox · Windows' })
  equal(await other.count(), 1, 'browsers of this name')
  equal(await violations(here), [], 'violations')
  await other.getByRole('button', { name: 'Sign out' }).click()
  await here.getByRole('status').getByText('That browser is signed out.').waitFor()
  equal(await other.count(), 0, 'browsers of this name afterwards')
  await there.goto('/settings/')
  equal(new URL(there.url()).pathname, '/sign-in/', 'where that one is')
  for (const page of [here, elsewhere]) {
    await page.goto('/settings/')
    equal(new URL(page.url()).pathname, '/settings/', 'where the others are')
  }
})

await check('another browser is signed out', async () => {
  const [one, two] = [await newVisitor(), await newVisitor()]
  await signIn(one, employee)
  await signIn(two, employee)
  await one.goto('/settings/security/')
  await one.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await one.getByRole('status').getByText('signed out').waitFor()
  await two.goto('/settings/')
  equal(new URL(two.url()).pathname, '/sign-in/', 'where the other one is')
})

await check('nothing of another site runs and no page stands in a frame', async () => {
  const page = await newVisitor()
  await signIn(page, admin)
  const isFramed = await page.evaluate(async () => {
    const frame = document.createElement('iframe')
    frame.src = '/settings/'
    document.body.append(frame)
    await new Promise((done) => setTimeout(done, 1000))
    return frame.contentDocument?.querySelector('h1') !== null && frame.contentDocument !== null
  })
  ok(!isFramed, 'a page was framed')
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
    return window.ran === true
  })
  ok(!ran, 'an inline script ran')
})

await finish()
