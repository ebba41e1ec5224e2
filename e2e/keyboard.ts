import { expect, type Locator, type Page } from '@playwright/test'

/** More tab stops than any screen has: then the way is blocked or the control cannot be reached. */
const MOST_TABS = 150

/** An analyst without a mouse: keys as a person presses them, and Tab to get anywhere. */
export class Keyboard {
  constructor(private readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** Runs a command by its name from the palette. */
  async command(title: string): Promise<void> {
    await this.press('Control+k')
    const field = this.page.getByRole('combobox', { name: 'Command or patch' })
    await expect(field).toBeFocused()
    await this.page.keyboard.type(title)
    const chosen = this.page.getByRole('listbox', { name: 'Found' }).getByRole('option', { selected: true })
    await expect(chosen.locator('.palette-title')).toHaveText(title)
    await expect(chosen).not.toHaveAttribute('aria-disabled', 'true')
    await this.press('Enter')
    await expect(field).toBeHidden()
  }

  /** Presses Tab until the control has the focus. */
  async tabTo(control: Locator): Promise<void> {
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      if (await control.evaluate(element => element === document.activeElement)) return
      await this.press('Tab')
    }
    throw new Error(`Tab does not reach ${control}.`)
  }

  /** Goes to a button, switch or link and presses it. */
  async activate(control: Locator, key = 'Enter'): Promise<void> {
    await this.tabTo(control)
    await this.press(key)
  }

  async fill(field: Locator, value: string): Promise<void> {
    await this.tabTo(field)
    await this.press('Control+a')
    await this.page.keyboard.type(value)
    await this.press('Tab')
    await expect(field).toHaveValue(value)
  }
}
