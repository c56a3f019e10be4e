import type { Page } from '@playwright/test'

/** A device of a person: whether it finds them there can be changed. */
export type Device = { setPersonThere(isThere: boolean): Promise<void> }

/** Gives the browser a device that keeps passkeys and always finds the person there. */
export async function giveAuthenticator(page: Page): Promise<Device> {
  const device = await page.context().newCDPSession(page)
  await device.send('WebAuthn.enable')
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    setPersonThere: async (isUserVerified) => {
      await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
  }
}
