import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { Studio } from '../state/studio'
import type { StudioState } from '../state/studioState'

export const StudioContext = createContext<Studio | null>(null)

export function useStudio(): Studio {
  const studio = useContext(StudioContext)
  if (!studio) throw new Error('Panels belong inside <StudioContext.Provider>.')
  return studio
}

/** Renders again when what `select` gives changes by identity: select values, or references kept in the store. */
export function useStudioState<Value>(select: (state: StudioState) => Value): Value {
  return useStore(useStudio().store, select)
}
