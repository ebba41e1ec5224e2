import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { FIRST, openSmall, paint } from './smallProject'
import { StudioPage } from './studioPage'

test('a second tab follows read-only, and gets the project by consent', async ({
  page,
  context,
}, testInfo) => {
  const studio = new StudioPage(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  const second = new StudioPage(await context.newPage())
  await second.page.goto('/')
  const strip = second.page.getByRole('region', { name: 'Read-only' })
  await expect(strip).toContainText('open in another tab')
  await expect(second.button('Accept')).toBeDisabled()
  await expectAccessible(second.page, 'read-only')
  await studio.button('Brush').click()
  const painted = await paint(studio, FIRST, 0.4)
  await studio.saved()
  await expect(second.share(FIRST)).toHaveText(painted)

  await strip.getByRole('button', { name: 'Take over here' }).click()
  const question = page.getByRole('alertdialog', { name: 'Another tab asks to take over' })
  await expect(question).toBeVisible()
  await expectAccessible(page, 'take over')
  await question.getByRole('button', { name: 'Hand it over' }).click()
  await expect(strip).toBeHidden()
  await expect(second.button('Accept')).toBeEnabled()
  await expect(page.getByRole('region', { name: 'Read-only' })).toBeVisible()
  await expect(studio.button('Accept')).toBeDisabled()
  await expect(second.share(FIRST)).toHaveText(painted)
})

/** Stops the workers until the page is reloaded: nothing that is asked of them from now on is done by then. */
async function holdWorkers(studio: StudioPage): Promise<void> {
  // A word that is never said is waited for once this call is answered.
  const hold = () => {
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  }
  await Promise.all(studio.workers().map(worker => worker.evaluate(hold)))
}

test('an import and an archive that a reload cuts off are offered again by name', async ({
  page,
}, testInfo) => {
  const files = await demoFiles(testInfo.outputPath('patches'), {
    seed: 11,
    size: 128,
    sourceCount: 0,
    targetCount: 12,
  })
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const strip = page.getByRole('region', { name: 'Interrupted' })
  await studio.open()
  await studio.drop(files)
  await expect(page.getByText(/^[1-9] of 12/)).toBeVisible({ timeout: 120_000 })
  await holdWorkers(studio)
  await page.reload()
  await studio.opened()
  await expect(strip).toContainText('Adding files was interrupted')
  await expectAccessible(page, 'import interrupted')
  // What was read is kept; the rest comes with the same files.
  expect(await studio.rows().count()).toBeGreaterThan(0)
  await studio.choose(files, () => strip.getByRole('button', { name: 'Open files' }).click())
  await expect(strip).toBeHidden()
  await studio.importDone()
  await expect(studio.patches).toContainText('of 12 reviewed')

  await holdWorkers(studio)
  await keyboard.command('Save project archive')
  await page.reload()
  await studio.opened()
  await expect(strip).toContainText('Saving the archive was interrupted')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    strip.getByRole('button', { name: 'Save project archive' }).click(),
  ])
  await expect(strip).toBeHidden()
  const whole = testInfo.outputPath('project.zip')
  await download.saveAs(whole)

  await studio.choose(whole, () => keyboard.command('Open project archive'))
  const replace = page.getByRole('button', { name: 'Replace project' })
  await expect(replace).toBeVisible()
  await holdWorkers(studio)
  await replace.click()
  await page.reload()
  await studio.opened()
  await expect(strip).toContainText('Opening an archive was interrupted')
  await studio.choose(whole, () => strip.getByRole('button', { name: 'Open project archive' }).click())
  await replace.click()
  await expect(page.getByText(/Opened .*: 12 patches/)).toBeVisible()
  await expect(strip).toBeHidden()
})
