import { useEffect, useState } from 'react'
import { toAppError } from '../../core/foundation/appError'
import type { ChannelHistogram } from '../../core/patches/channelHistogram'
import { loadHistograms } from '../../state/actions/loadHistograms'
import { notify } from '../../state/notify'
import { shownChannels } from '../../state/shownChannels'
import { useStudio, useStudioState } from '../studioContext'

/** Histograms of the base layer's channels on the selected patch; null until they are counted, and where none is open. */
export function useHistograms(open: boolean): ChannelHistogram[] | null {
  const studio = useStudio()
  const patchId = useStudioState(state => (state.loading ? null : state.selectedId))
  const channels = useStudioState(state => JSON.stringify(shownChannels(state)))
  const wanted = `${patchId}/${channels}`
  const [held, setHeld] = useState<{ of: string; histograms: ChannelHistogram[] } | null>(null)
  useEffect(() => {
    if (!open || !patchId) return
    let current = true
    loadHistograms(studio, patchId, JSON.parse(channels) as string[])
      .then(histograms => current && setHeld({ of: `${patchId}/${channels}`, histograms }))
      .catch((thrown: unknown) => notify(studio.store, 'error', toAppError(thrown).message))
    return () => {
      current = false
    }
  }, [studio, patchId, channels, open])
  return held?.of === wanted ? held.histograms : null
}
