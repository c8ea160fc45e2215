// Which signing key this phone holds for the person who is signed in. Small, because every view needs it.
import { shallowRef } from 'vue'
import { read } from '../store/db'
import type { WrappedKey } from './vault'

export interface DeviceKey extends WrappedKey { id: string; name: string; created_at: string; tries: number }

/** Undefined until it has been looked for. */
export const deviceKey = shallowRef<DeviceKey | null | undefined>(undefined)

export async function loadKey(account: string): Promise<void> {
  deviceKey.value = await read<DeviceKey>('keys', account).catch(() => null)
}
