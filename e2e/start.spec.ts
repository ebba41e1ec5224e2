import { expect, test } from '@playwright/test'
import { StudioPage } from './studioPage'

declare global {
  interface Window {
    /** Inputs for files that the studio opened. */
    opened: string[]
  }
}

test('a key pressed the moment the studio is on screen counts, though the project still opens', async ({
  page,
}) => {
  await page.addInitScript(() => {
    window.opened = []
    document.addEventListener(
      'click',
      event => {
        const { target } = event
        if (!(target instanceof HTMLInputElement) || target.type !== 'file') return
        // No person pressed the key, so that the browser would not open its chooser anyway.
        event.preventDefault()
        window.opened.push(target.dataset.testid ?? '')
      },
      { capture: true },
    )
    // Called right after React put the studio into the page, before any effect of a component and before a frame.
    const first = new MutationObserver(() => {
      if (!document.querySelector('.studio')) return
      first.disconnect()
      for (const key of ['o', 'k']) {
        const code = `Key${key.toUpperCase()}`
        const press = new KeyboardEvent('keydown', {
          key,
          code,
          ctrlKey: true,
          bubbles: true,
          cancelable: true,
        })
        document.body.dispatchEvent(press)
      }
    })
    first.observe(document, { childList: true, subtree: true })
  })
  const studio = new StudioPage(page)
  await page.goto('/')
  await expect(page.getByRole('dialog', { name: 'Find a command' })).toBeVisible()
  await expect.poll(() => page.evaluate(() => window.opened)).toEqual(['files-input'])
  await page.keyboard.press('Escape')
  await studio.opened()
})
