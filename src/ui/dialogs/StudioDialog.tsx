import type { ReactNode } from 'react'
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Icon } from '../controls/Icon'
import { useStudio } from '../studioContext'

/** The one frame for dialogs: Escape, a click outside and the cross close it. */
export function StudioDialog({
  title,
  wide,
  children,
}: {
  title: string
  wide?: boolean
  children: ReactNode
}) {
  const studio = useStudio()
  const close = () => studio.store.setState({ dialog: null })
  return (
    <ModalOverlay className="modal-overlay" isOpen isDismissable onOpenChange={open => !open && close()}>
      <Modal className={`modal${wide ? ' modal-wide' : ''}`}>
        <Dialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <Button className="button button-quiet button-icon" aria-label="Close" onPress={close}>
              <Icon name="close" />
            </Button>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
