// Start of the phone page: language, then the page from what the phone keeps, then the network.
import { createApp } from 'vue'
import { preferredLang, setLang } from '@/shared/i18n'
import '@/shared/ui/base.css'
import './m.css'
import App from './App.vue'
import { startOutbox } from './outbox'
import { router } from './router'
import { watchSession } from './session'
import { registerWorker } from './sw/register'

watchSession()
await setLang(preferredLang(), false)
createApp(App).use(router).mount('#app')
await router.isReady()
void startOutbox()
void registerWorker()
