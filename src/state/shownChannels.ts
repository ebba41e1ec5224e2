import { layerChannels } from '../core/patches/layerChannels'
import type { StudioState } from './studioState'

type Choices = Pick<StudioState, 'baseLayer' | 'customChannels' | 'indexExpression'>

/** Band expressions of the base layer as chosen: red, green, blue, or one; none for the hillshade. */
export function shownChannels({ baseLayer, customChannels, indexExpression }: Choices): readonly string[] {
  return layerChannels(baseLayer, baseLayer === 'index' ? [indexExpression] : customChannels)
}
