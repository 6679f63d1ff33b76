// The company's structure as people change it: a department is dragged, moved by keyboard, its branches are opened as they
// are needed, and people are transferred. What comes of it is looked at in the page that the server makes of it.
import { PEOPLE, SIZES, call, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const page = await newVisitor()
await check('signing in', () => signIn(page, PEOPLE.admin))

const box = (name) => page.locator('.box', { has: page.getByRole('link', { name, exact: true }) })
const drawer = page.locator('#drawer')
/** The name of the department that this one is directly below, as the chart has it now. */
const parentOf = (name) => box(name).evaluate((it) => it.closest('.node').parentElement.closest('.node').querySelector('.box-name').textContent)
const open = async () => {
  page.problems.length = 0
  await page.goto('/company/structure/')
}
/** The names of two departments directly below the top one, with the name of one below the first. */
async function some() {
  await open()
  return page.evaluate(() => {
    const top = [...document.querySelectorAll('.chart-paper > .branch > .node > .below > .branch > .node')]
    const nameOf = (node) => node.querySelector('.box-name').textContent
    const first = top.find((it) => it.querySelector('.branch'))
    return { from: nameOf(first), child: nameOf(first.querySelector('.branch > .node')), to: nameOf(top.find((it) => it !== first)) }
  })
}
const { from, child, to } = await some()

await check('the chart has no violation, and no error of the browser', async () => {
  await open()
  equal(await violations(page), [], 'violations')
  equal(page.problems, [], 'errors')
})

await check('a department is dragged onto another, and the form asks before it moves', async () => {
  await open()
  equal(await parentOf(child), from, 'where it was')
  await box(child).dragTo(box(to))
  await drawer.getByText(`It will be directly below ${to}`).waitFor()
  equal(await violations(page), [], 'violations with the form open')
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'hidden' })
  await open()
  equal(await parentOf(child), from, 'where it is after Escape')
  await box(child).dragTo(box(to))
  await drawer.getByRole('button', { name: 'Move', exact: true }).click()
  await page.waitForURL(/done=department-moved/)
  equal(await parentOf(child), to, 'where it is now')
  ok(await page.locator('.box-shown').getByText(child, { exact: true }).isVisible(), 'the chart shows it')
})

await check('a department is not moved below itself, and the form says so', async () => {
  await open()
  await box(to).dragTo(box(child))
  await drawer.getByRole('alert').getByText('cannot be moved below itself').waitFor()
  equal(await violations(page), [], 'violations')
})

await check('a department is moved by keyboard alone', async () => {
  await open()
  await box(child).getByRole('link').first().focus()
  await page.keyboard.press('Enter')
  await drawer.getByRole('heading', { name: child, level: 1 }).waitFor()
  equal(await violations(page), [], 'violations with the department open')
  await drawer.getByRole('link', { name: 'Move…' }).focus()
  await page.keyboard.press('Enter')
  await drawer.getByRole('heading', { name: `Move ${child}` }).waitFor()
  equal(await page.evaluate(() => document.activeElement.type), 'search', 'what has the focus')
  await page.keyboard.type(from)
  await page.waitForURL(/\/move\/\?q=/)
  await page.keyboard.press('Tab')
  equal(await page.evaluate(() => document.activeElement.name), 'parent', 'what the next key reaches')
  await page.keyboard.press('Home')
  while ((await page.evaluate(() => document.activeElement.selectedOptions[0].text.split(' (')[0])) !== from) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL(/done=department-moved/)
  equal(await parentOf(child), from, 'where it is now')
})

await check('the address of the chart comes back when the drawer closes', async () => {
  await open()
  await box(child).getByRole('link').first().click()
  await drawer.getByRole('link', { name: 'Move…' }).click()
  await drawer.getByRole('searchbox').fill('a')
  await page.waitForURL(/\/move\//)
  await drawer.getByRole('link', { name: 'Cancel' }).click()
  await drawer.waitFor({ state: 'hidden' })
  await page.waitForURL('**/company/structure/')
})

await check('a department is added, found as one types, renamed and deleted', async () => {
  await open()
  await box(to).getByRole('link').first().click()
  await drawer.getByRole('link', { name: 'Add below' }).click()
  await drawer.getByLabel('Name').fill('Night watch')
  await drawer.getByRole('button', { name: 'Add' }).click()
  await page.waitForURL(/done=department-added/)
  equal(await parentOf('Night watch'), to, 'where it is')
  await page.getByRole('searchbox').fill('night')
  await page.locator('.chart-found').getByRole('link', { name: 'Night watch' }).click()
  await page.waitForURL(/show=/)
  await box('Night watch').getByRole('link').first().click()
  await drawer.getByRole('link', { name: 'Edit' }).click()
  await drawer.getByLabel('Name').fill('Day watch')
  await drawer.getByRole('button', { name: 'Rename' }).click()
  await page.waitForURL(/done=saved/)
  await box('Day watch').getByRole('link').first().click()
  page.once('dialog', (dialog) => dialog.accept())
  await drawer.getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/done=department-deleted/)
  equal(await box('Day watch').count(), 0, 'boxes of it')
})

/** How many people a box of the chart says there are: here, and with all departments below. */
const counts = async (name) => {
  const numbers = (await box(name).locator('.box-count').innerText()).match(/\d+/g).map(Number)
  return { here: numbers[0], all: numbers.at(-1) }
}

await check('boxes count their people, and those of all departments below', async () => {
  await open()
  const wrong = await page.evaluate(() => {
    const numbers = (node) => [...node.querySelector('.box-count').textContent.matchAll(/\d+/g)].map(Number)
    const below = (node) => [...node.querySelectorAll(':scope > .below > .branch > .node')]
    const sum = (node) => below(node).reduce((all, it) => all + numbers(it).at(-1), numbers(node)[0])
    return [...document.querySelectorAll('.node')].filter((it) => sum(it) !== numbers(it).at(-1)).map((it) => it.querySelector('.box-name').textContent)
  })
  equal(wrong, [], 'departments whose count is not that of their people and their departments')
  await box(from).getByRole('link').first().click()
  const { here, all } = await counts(from)
  await drawer.getByText(`${here === 1 ? '1 person' : `${here} people`} · ${all} with all departments below`).waitFor()
  const listed = await call('user.get', { FILTER: { UF_DEPARTMENT: await box(from).getAttribute('data-id'), ACTIVE: true } })
  equal([await drawer.locator('.card-person').count(), listed.length], [here, here], 'people of the drawer and of the method')
})

await check('a department gets a head, who is found as one types, and loses them', async () => {
  await open()
  const [employee] = await call('user.get', { ID: PEOPLE.employee.id })
  const name = `${employee.NAME} ${employee.LAST_NAME}`
  await box(from).getByRole('link').first().click()
  await drawer.getByRole('link', { name: 'Edit' }).click()
  await drawer.getByRole('radio', { name: 'Nobody' }).waitFor()
  equal(await violations(page), [], 'violations')
  await drawer.getByRole('searchbox').fill(name)
  await page.waitForURL(/\/edit\/\?q=/)
  await drawer.getByRole('radio', { name }).first().check()
  await drawer.getByRole('button', { name: 'Set the head' }).click()
  await page.waitForURL(/done=saved/)
  await box(from).getByRole('link', { name }).waitFor()
  // Whoever belongs to the department has them as the manager now, and they have reports.
  await open()
  await box(from).getByRole('link').first().click()
  const member = drawer.locator('.card-person').filter({ hasNotText: name }).first()
  const report = (await member.locator('strong').first().innerText()).trim()
  await member.getByRole('link').click()
  await page.getByRole('heading', { name: report, level: 1 }).waitFor()
  await page.getByRole('region', { name: 'Manager' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await page.getByRole('region', { name: /^Reports/ }).getByRole('link', { name: report }).waitFor()
  equal(await violations(page), [], 'violations of the profile')
  await open()
  await box(from).getByRole('link').first().click()
  await drawer.getByRole('link', { name: 'Edit' }).click()
  await drawer.getByRole('radio', { name: 'Nobody' }).check()
  await drawer.getByRole('button', { name: 'Set the head' }).click()
  await page.waitForURL(/done=saved/)
  await open()
  equal(await box(from).getByRole('link', { name }).count(), 0, 'heads of the box')
})

await check('people are transferred from the drawer', async () => {
  await open()
  const before = [await counts(from), await counts(to)]
  await box(from).getByRole('link').first().click()
  await drawer.getByRole('checkbox').first().check()
  const who = await drawer.locator('.card-person strong').first().textContent()
  await drawer.getByRole('button', { name: 'Transfer…' }).click()
  await drawer.getByRole('heading', { name: 'Transfer people' }).waitFor()
  equal(await violations(page), [], 'violations')
  await drawer.getByRole('searchbox').fill(to)
  await page.waitForURL(/\/transfer\/.*q=/)
  const option = await drawer.locator('option', { hasText: to }).first().getAttribute('value')
  await drawer.locator('select').selectOption(option)
  await drawer.getByRole('button', { name: 'Transfer 1 person' }).click()
  await page.waitForURL(/done=people-transferred/)
  ok(await page.locator('.card-person', { hasText: who }).count(), `${who} belongs to ${to}`)
  await open()
  const after = [await counts(from), await counts(to)]
  equal(after.map((it) => it.here), [before[0].here - 1, before[1].here + 1], 'the counts of both')
  await box(from).getByRole('link').first().click()
  await drawer.locator('#structure-people').waitFor()
  equal(await drawer.locator('.card-person', { hasText: who }).count(), 0, 'those of this name who stayed')
})

await check('branches open and close by keyboard, and the chart zooms', async () => {
  await open()
  const summary = page.locator('.below > summary').first()
  await summary.focus()
  await page.keyboard.press('Enter')
  ok(await box(to).isHidden(), 'the branch is closed')
  await page.keyboard.press('Enter')
  ok(await box(to).isVisible(), 'the branch is open')
  const width = () => box(to).evaluate((it) => it.getBoundingClientRect().width)
  const before = await width()
  await page.getByRole('button', { name: 'Zoom out' }).click()
  ok((await width()) < before, 'boxes are smaller')
  await page.getByRole('button', { name: 'Fit' }).click()
  equal(page.problems, [], 'errors')
})

await check('a closed branch is loaded when it is opened', async () => {
  // As the server would have sent it, had there been too many departments for one page.
  await open()
  const count = await page.evaluate((name) => {
    const node = [...document.querySelectorAll('.box-name')].find((it) => it.textContent === name).closest('.node')
    const below = node.querySelector('.below')
    const count = below.querySelector('.branch').children.length
    below.open = false
    below.dataset.branch = ''
    below.querySelector('.branch').outerHTML = `<p><a href="?department=${node.querySelector('.box').dataset.id}">Show</a></p>`
    return count
  }, from)
  await box(from).locator('xpath=..').locator('.below > summary').click()
  await box(child).waitFor()
  equal(await parentOf(child), from, 'where it is')
  equal(await box(from).locator('xpath=..').locator('> .below > .branch > .node').count(), count, 'departments of the branch')
  equal(await box(child).getAttribute('draggable'), 'true', 'what was loaded can be dragged')
})

await check('without a script everything is a page or a form', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false, viewport: SIZES.phone })
  await signIn(plain, PEOPLE.admin)
  await plain.goto('/company/structure/')
  await plain.getByRole('link', { name: child, exact: true }).click()
  await plain.getByRole('link', { name: 'Move…' }).click()
  await plain.getByRole('searchbox').fill(to)
  await plain.getByRole('button', { name: 'Show' }).click()
  await plain.locator('select').selectOption(await plain.locator('option', { hasText: to }).first().getAttribute('value'))
  await plain.getByRole('button', { name: 'Move', exact: true }).click()
  await plain.waitForURL(/done=department-moved/)
  await plain.context().close()
  await open()
  equal(await parentOf(child), to, 'where it is now')
})

await finish()
