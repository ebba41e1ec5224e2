import { expect, type Page } from '@playwright/test'
import type { Keyboard } from './keyboard'
import { modelScreens } from './screens/modelScreens'
import { patchScreens } from './screens/patchScreens'
import { projectScreens } from './screens/projectScreens'
import { reviewScreens } from './screens/reviewScreens'
import { roundScreens } from './screens/roundScreens'
import type { Screen } from './screens/screen'
import type { StudioPage } from './studioPage'

/** Every state of the studio that a person meets. */
export const SCREENS: readonly Screen[] = [
  ...patchScreens,
  ...modelScreens,
  ...projectScreens,
  ...reviewScreens,
  ...roundScreens,
]

/** Goes from a screen back to the studio as it was. */
export async function leaveScreen(screen: Screen, studio: StudioPage, keyboard: Keyboard): Promise<void> {
  const open = studio.page.locator('[role=dialog], [role=alertdialog], [role=menu]')
  for (let left = await open.count(); left > 0; left = await open.count()) {
    await keyboard.press('Escape')
    // Pressed once more than there is to close, it would reach the studio behind.
    await expect.poll(() => open.count()).toBeLessThan(left)
  }
  await screen.hide?.(studio, keyboard)
}

/** Paints a stroke across a patch and leaves it without a verdict. */
export async function paintOne(studio: StudioPage, keyboard: Keyboard, name: string): Promise<void> {
  await keyboard.command(name)
  await studio.idle()
  const before = await studio.shareText(name)
  await keyboard.press('b')
  await studio.stroke([0.4, 0.5], [0.6, 0.5])
  await expect(studio.share(name)).not.toHaveText(before)
  await keyboard.press('v')
}

/** Animations at their end: a colour half way would be measured, or pictured, half way. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const pause = () => new Promise(done => setTimeout(() => requestAnimationFrame(done), 40))
    const moving = ({ playState, effect }: Animation) =>
      playState === 'running' && Number.isFinite(effect?.getTiming().iterations)
    // A change of theme begins its transitions some frames later: at rest is what has been still for a while.
    let still = 0
    for (let look = 0; look < 60 && still < 6; look++) {
      await pause()
      still = document.getAnimations().some(moving) ? 0 : still + 1
    }
  })
}
