import { expect, test } from '@playwright/test'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

test('Check this machine runs in the engine worker, is cancelled, passes, and its report is copied', async ({
  page,
}) => {
  test.setTimeout(900_000)
  const studio = new StudioPage(page)
  await studio.open()
  await studio.engineReady()
  const before = await studio.engineBadge.getAttribute('aria-label')

  // By keyboard alone, from the Help menu.
  await page
    .getByRole('toolbar', { name: 'Menus' })
    .getByRole('button', { name: 'Help', exact: true })
    .press('Enter')
  await page.getByRole('menuitem', { name: 'Check this machine' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Check this machine' })
  const check = dialog.getByRole('button', { name: 'Check', exact: true })
  await expect(check).toBeFocused()
  await expect(dialog.getByRole('checkbox', { name: /Also time it/ })).not.toBeChecked()
  await check.press('Enter')
  const progress = dialog.getByRole('progressbar')
  await expect(progress).toHaveAttribute('aria-valuetext', /^kernels: /, { timeout: 120_000 })

  // Behind the closed window it continues, and says so at the map.
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('progressbar', { name: 'Checking' })).toBeVisible()
  await new Keyboard(page).command('Check this machine')
  await dialog.getByRole('button', { name: 'Cancel' }).press('Enter')
  await expect(page.getByText('Check cancelled.')).toBeVisible({ timeout: 120_000 })

  await check.press('Enter')
  await expect(dialog.getByText(/^\d+ of \d+ checks passed in/)).toBeVisible({ timeout: 800_000 })
  await dialog.getByRole('button', { name: /^All checks/ }).press('Enter')
  await expect(dialog.getByRole('row', { name: /^softmax kernels/ })).toBeVisible()
  await expect(dialog.getByRole('row', { name: /^starter-segformer on WebAssembly models/ })).toBeVisible()
  await dialog.getByRole('button', { name: 'Copy report' }).press('Enter')
  await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible()
  const report = await page.evaluate(() => navigator.clipboard.readText())
  expect(report).toMatch(/^Scarp [\d.]+: \d+ of \d+ checks passed in \d+ s\nwebgpu: .*swiftshader.*software/i)
  expect(report).toMatch(/^HRNet \+ OCR tiny on WebGPU +networks +\S+ +\S+ +passed$/m)

  // What predicts is what it was.
  expect(await studio.engineBadge.getAttribute('aria-label')).toBe(before)
  expect(await page.evaluate(() => window.policyViolations)).toEqual([])
})
