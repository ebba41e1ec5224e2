import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { MASK_STATES } from '../../src/core/review/provenance'
import type { Keyboard } from '../keyboard'
import { dialog, dialogOf, keys, mode, plain, type Screen } from './screen'

/** Of patches that the networks have predicted and an analyst has begun to judge. */
export const reviewScreens: readonly Screen[] = [
  {
    name: 'find-patches',
    stage: 'predicted',
    show: (_, keyboard) => keyboard.press('/'),
    async hide({ page }, keyboard) {
      const field = page.getByRole('group', { name: 'Filters' }).getByRole('searchbox', { name: 'Name' })
      // A narrower window took the focus; the palette opens from the field, too.
      await field.focus()
      await keyboard.command('Find patches')
      await expect(field).toBeHidden()
    },
  },
  keys('inspect', 'predicted', ['i'], ['i']),
  {
    name: 'large-fill',
    stage: 'predicted',
    dialog: 'large-fill',
    async show({ page }, keyboard) {
      await keyboard.press('g')
      await page.getByRole('slider', { name: 'Tolerance' }).press('End')
      await page.getByTestId('map-canvas').click()
      await expect(dialogOf(page, /^Fill \d+ % of this patch/)).toBeVisible()
    },
    hide: (_, keyboard) => keyboard.press('v'),
  },
  plain('review', 'predicted'),
  {
    name: 'brush',
    stage: 'predicted',
    async show({ page }, keyboard) {
      await keyboard.press('b')
      await page.getByRole('button', { name: 'Limit edits' }).press('Enter')
    },
    async hide({ page }, keyboard) {
      await page.getByRole('button', { name: 'Limit edits' }).press('Enter')
      await keyboard.press('v')
    },
  },
  keys('probability', 'predicted', ['o'], ['o']),
  keys('disagreement', 'predicted', ['o', 'y'], ['o']),
  keys('landslide', 'predicted', ['f'], []),
  {
    name: 'landslides-table',
    stage: 'predicted',
    async show({ page }, keyboard) {
      await keyboard.press('Shift+L')
      await expect(page.getByRole('grid', { name: 'Landslides table' }).getByRole('row')).not.toHaveCount(0)
      await expect(page.getByText(/^[\d,]+ (of [\d,]+ )?landslides?/)).toBeVisible()
    },
    hide: (_, keyboard) => keyboard.press('Shift+L'),
  },
  mode('swipe', 'predicted', 'Swipe', 'Single patch'),
  mode('side-by-side', 'predicted', 'Side by side', 'Single patch'),
  ...(['Polygons of landslides', 'Evidence bundle'] as const).map(
    (format): Screen => ({
      name: format === 'Evidence bundle' ? 'export-bundle' : 'export-polygons',
      stage: 'predicted',
      dialog: 'export',
      async show({ page }, keyboard) {
        await keyboard.command('Export')
        const chosen = dialogOf(page, 'Export').getByRole('radio', { name: format })
        await chosen.press('Space')
        await expect(chosen).toBeChecked()
        await expect(dialogOf(page, 'Export').getByText(/^[\d,]+ landslides?/)).toBeVisible()
      },
    }),
  ),
  {
    name: 'bulk-accept',
    stage: 'predicted',
    dialog: 'bulk-accept',
    async show({ page }, keyboard) {
      await keyboard.command('Accept in bulk')
      const bulk = dialogOf(page, 'Accept in bulk')
      await expect(bulk.getByText(/unreviewed patches\.$/)).toBeVisible()
      // Nothing is selected until a person does.
      await expect(bulk.getByRole('option', { selected: true })).toHaveCount(0)
      await expect(bulk.getByRole('button', { name: 'Accept selected' })).toBeDisabled()
    },
  },
  {
    name: 'replace-file',
    stage: 'predicted',
    dialog: 'replace-file',
    async show(studio, keyboard) {
      // Painted on: what becomes of its mask is asked before the file is read.
      await keyboard.command('event_B')
      await studio.idle()
      const path = join(test.info().outputPath(), 'event_B_sharpened.tif')
      writeFileSync(path, 'not read')
      await studio.choose(path, () => keyboard.command('Replace file'))
      await expect(dialogOf(studio.page, 'Replace file')).toBeVisible()
    },
  },
  ...pointAudit(),
  dialog('reviewer', 'predicted', 'Reviewer name'),
  dialog('audit-log', 'predicted', 'Audit log'),
  {
    name: 'export',
    stage: 'predicted',
    dialog: 'export',
    async show({ page }, keyboard) {
      await keyboard.command('Export')
      const states = dialogOf(page, 'Export')
        .getByRole('group', { name: 'Include masks' })
        .getByRole('checkbox')
      await expect(states).toHaveCount(MASK_STATES.length)
      // There is a mask of every kind.
      for (const state of await states.all()) await expect(state).toBeEnabled()
    },
  },
]

/** An audit by points: planned, on its first point, and what came of it. */
function pointAudit(): Screen[] {
  return [
    {
      name: 'audit-plan',
      stage: 'predicted',
      dialog: 'audits',
      async show({ page }, keyboard) {
        await keyboard.command('Audit accuracy')
        const plan = dialogOf(page, 'Audit accuracy').getByRole('table', { name: 'Points by stratum' })
        await expect(plan).toBeVisible({ timeout: 120_000 })
      },
    },
    {
      name: 'audit-point',
      stage: 'predicted',
      async show({ page }, keyboard) {
        await keyboard.command('Audit accuracy')
        const plan = dialogOf(page, 'Audit accuracy')
        await plan.getByRole('textbox', { name: 'Points' }).fill('12')
        await plan.getByRole('textbox', { name: 'Points' }).press('Tab')
        await plan.getByRole('button', { name: /^Draw \d+ points and begin$/ }).press('Enter')
        await expect(page.getByText('Point 1 of 12')).toBeVisible({ timeout: 120_000 })
        await keyboard.press('l', 'n', 'u', 'e')
        await expect(page.getByText('Overall accuracy')).toBeVisible()
      },
      hide: (_, keyboard) => keyboard.press('Shift+q'),
    },
    {
      name: 'audit-results',
      stage: 'predicted',
      dialog: 'audit-summary',
      async show({ page }, keyboard) {
        await audits(page, keyboard, /^Results of /)
        await expect(dialogOf(page, 'Audit results').getByText('Points: map by reviewer')).toBeVisible()
      },
    },
    ...(
      [
        ['rename-audit', 'Rename…', 'Rename audit'],
        ['second-reviewer', 'Second reviewer…', 'Second reviewer'],
      ] as const
    ).map(
      ([id, button, title]): Screen => ({
        name: id,
        stage: 'predicted',
        dialog: id,
        async show({ page }, keyboard) {
          await audits(page, keyboard, /^Results of /)
          await dialogOf(page, 'Audit results').getByRole('button', { name: button }).press('Enter')
          await expect(dialogOf(page, title)).toBeVisible()
        },
      }),
    ),
    {
      name: 'delete-audit',
      stage: 'predicted',
      dialog: 'delete-audit',
      async show({ page }, keyboard) {
        await audits(page, keyboard, /^Delete /)
        await expect(dialogOf(page, 'Delete audit')).toBeVisible()
      },
    },
  ]
}

/** Presses a button of the audit in the list of audits. */
async function audits(page: Page, keyboard: Keyboard, button: RegExp): Promise<void> {
  await keyboard.command('Audit accuracy')
  await dialogOf(page, 'Audit accuracy').getByRole('button', { name: button }).press('Enter')
}
