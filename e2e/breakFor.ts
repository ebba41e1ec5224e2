import type { Page } from '@playwright/test'

/**
 * While `act` runs, every component that formats a value of this kind throws, as in a browser with a fault; React tries
 * twice, so once would not do.
 */
export async function breakFor(
  page: Page,
  kind: 'Number' | 'Date',
  act: () => Promise<unknown>,
): Promise<void> {
  const format = await page.evaluateHandle(name => {
    const { prototype } = window[name]
    const whole = prototype.toLocaleString
    prototype.toLocaleString = () => {
      throw new Error('broken on purpose')
    }
    const mend = () => {
      prototype.toLocaleString = whole
    }
    return { mend }
  }, kind)
  await act()
  await format.evaluate(({ mend }) => mend())
}
