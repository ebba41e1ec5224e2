import { expect } from '@playwright/test'
import { breakFor } from '../breakFor'
import { DIALOG, dialog, dialogOf, dismissNotices, type Screen, unfold } from './screen'

/** Of a project with two rounds, and of what is shown where a part of the studio fails. */
export const roundScreens: readonly Screen[] = [
  {
    name: 'rounds',
    stage: 'rounds',
    async show({ page, rounds }) {
      await dismissNotices(page)
      await rounds.getByRole('img', { name: /^Held-out scores/ }).evaluate(chart => chart.scrollIntoView())
    },
  },
  {
    name: 'round-difference',
    stage: 'rounds',
    show: ({ page }) =>
      page.getByRole('button', { name: 'Show on the map what round 2 changed' }).press('Enter'),
    hide: (_, keyboard) => keyboard.press('o'),
  },
  {
    name: 'compare-rounds',
    stage: 'rounds',
    dialog: 'compare-rounds',
    async show({ page }, keyboard) {
      await keyboard.command('Compare rounds')
      const pictures = dialogOf(page, 'Compare rounds').getByRole('listbox').getByRole('option')
      // Drawn, and with the focus on the one that changed most.
      await expect(pictures.locator('svg')).toHaveCount(await pictures.count())
      await expect(pictures.first()).toBeFocused()
    },
  },
  {
    name: 'training-settings',
    stage: 'rounds',
    async show({ page, rounds }) {
      await unfold(page.getByRole('button', { name: 'Training settings', exact: true }))
      await rounds.getByRole('textbox', { name: 'Micro-batch size' }).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'stop-round',
    stage: 'rounds',
    dialog: 'stop-round',
    async show(studio, keyboard) {
      // More than are taken meanwhile.
      await studio.set('Steps', 500)
      await studio.button('Start round').press('Enter')
      await expect(studio.button('Pause')).toBeEnabled()
      await keyboard.press('Escape')
      await expect(dialogOf(studio.page, 'Cancel this round?')).toBeVisible()
    },
    async hide(studio) {
      await studio.button('Pause').press('Enter')
      await expect(studio.rounds.getByRole('button', { name: 'Resume round' })).toBeVisible({
        timeout: 300_000,
      })
    },
  },
  {
    ...dialog('discard-round', 'rounds', 'Discard', /^Discard round \d+\?$/),
    async hide(studio, keyboard) {
      await keyboard.command('Discard')
      await studio.button('Discard round').press('Enter')
      await expect(studio.button('Start round')).toBeEnabled({ timeout: 120_000 })
    },
  },
  {
    name: 'dialog-failure',
    stage: 'rounds',
    over: DIALOG,
    async show({ page }, keyboard) {
      await breakFor(page, 'Date', async () => {
        await keyboard.command('Audit log')
        await expect(dialogOf(page, 'This window could not be opened')).toBeVisible()
      })
    },
  },
  {
    name: 'studio-failure',
    stage: 'rounds',
    async show({ page }) {
      // The window may draw, and fail, before a key of the test does.
      await page.getByRole('button', { name: 'Choose patches to predict' }).focus()
      await breakFor(page, 'Number', async () => {
        await page.keyboard.press('Enter')
        await expect(page.getByRole('heading', { name: 'Scarp ran into an error' })).toBeVisible()
      })
    },
    async hide(studio) {
      await studio.button('Reload').press('Enter')
      await studio.opened()
    },
  },
]
