import { signInEndpoint } from '@/lib/identity/sign-in'

export { signInEndpoint as GET, signInEndpoint as POST }
