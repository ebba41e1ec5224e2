import { expect, type Locator, type Page } from '@playwright/test'
import type { DialogId } from '../../src/state/shell/slice'
import type { Keyboard } from '../keyboard'
import type { StudioPage } from '../studioPage'

/** What has to be there before a screen can be shown, each with all before it. */
export const STAGES = ['empty', 'patches', 'predicted', 'rounds'] as const
export type Stage = (typeof STAGES)[number]

/** One state of the studio that a person meets: checked by axe, and pictured for the user guide. */
export interface Screen {
  /** File name of its picture. */
  name: string
  stage: Stage
  /** The dialog that it opens. */
  dialog?: DialogId
  /** What else it lays over the page, as a selector: see `ScreenAxe`. */
  over?: string
  show(studio: StudioPage, keyboard: Keyboard): Promise<unknown>
  /** How to leave it where Escape does not. */
  hide?(studio: StudioPage, keyboard: Keyboard): Promise<unknown>
}

/** Where what a screen lays over the page is a dialog. */
export const DIALOG = '[role=dialog], [role=alertdialog]'

/** A dialog that a command opens: a new one takes one line below. */
export const dialog = (
  id: DialogId,
  stage: Stage,
  command: string,
  title: string | RegExp = command,
): Screen => ({
  name: id,
  stage,
  dialog: id,
  async show({ page }, keyboard) {
    await keyboard.command(command)
    await expect(dialogOf(page, title)).toBeVisible()
    // What a dialog looks up first, it has found.
    await expect(dialogOf(page, title).getByText(/^(Reading|Comparing|Loading) /)).toHaveCount(0)
  },
})

export const menu = (title: string): Screen => ({
  name: `menu-${title.toLowerCase()}`,
  stage: 'patches',
  over: '[role="menu"]',
  async show(studio) {
    await studio.page
      .getByRole('toolbar', { name: 'Menus' })
      .getByRole('button', { name: title, exact: true })
      .press('Enter')
    await expect(studio.page.getByRole('menu')).toBeVisible()
  },
})

/** A state that a command switches on, and another off. */
export const mode = (name: string, stage: Stage, on: string, off: string): Screen => ({
  name,
  stage,
  show: (_, keyboard) => keyboard.command(on),
  hide: (_, keyboard) => keyboard.command(off),
})

/** Keys that switch something on and, the second of the pair, off. */
export const keys = (name: string, stage: Stage, on: string[], off: string[]): Screen => ({
  name,
  stage,
  show: (_, keyboard) => keyboard.press(...on),
  hide: (_, keyboard) => keyboard.press(...off),
})

/** Something that a button unfolds, and folds again. */
export const unfolded = (name: string, stage: Stage, button: string | RegExp): Screen => ({
  name,
  stage,
  show: ({ page }) => page.getByRole('button', { name: button, exact: true }).press('Enter'),
  hide: ({ page }) => fold(page.getByRole('button', { name: button, exact: true })),
})

export const plain = (name: string, stage: Stage): Screen => ({ name, stage, show: async () => undefined })

/** A dialog by its title. */
export function dialogOf(page: Page, title: string | RegExp): Locator {
  return page.getByRole('dialog', { name: title }).or(page.getByRole('alertdialog', { name: title }))
}

/** Unfolds what a button unfolds, unless it is. */
export async function unfold(button: Locator): Promise<void> {
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.press('Enter')
}

/** Folds it again. */
export async function fold(button: Locator): Promise<void> {
  if ((await button.getAttribute('aria-expanded')) === 'true') await button.press('Enter')
}

/** Each message leaves the list as it is dismissed, and some by themselves. */
export async function dismissNotices(page: Page): Promise<void> {
  const notices = page.getByRole('button', { name: 'Dismiss message' })
  await expect(async () => {
    if ((await notices.count()) > 0) await notices.first().press('Enter', { timeout: 1000 })
    await expect(notices).toHaveCount(0, { timeout: 100 })
  }).toPass()
}
