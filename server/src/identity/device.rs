//! What kind of device a login was begun on, from what the browser says of itself: three words of a closed list, so that somebody can
//! tell their phone from their office. Versions, models and addresses are not kept.

use protocol::api::{DeviceBrowser, DeviceForm, DeviceKind, DeviceSystem};

/// Reads a `User-Agent`. Whoever writes one of their own choice only misleads themselves.
pub(crate) fn kind_of(agent: &str) -> DeviceKind {
    let says = |word: &str| agent.contains(word);
    let system = match () {
        () if says("Android") => DeviceSystem::Android,
        () if says("iPhone") || says("iPad") || says("iPod") => DeviceSystem::Ios,
        () if says("Windows") => DeviceSystem::Windows,
        () if says("Macintosh") => DeviceSystem::Macos,
        () if says("Linux") || says("CrOS") => DeviceSystem::Linux,
        () => DeviceSystem::Other,
    };
    let form = match system {
        DeviceSystem::Android if says("Mobile") => DeviceForm::Phone,
        DeviceSystem::Android => DeviceForm::Tablet,
        DeviceSystem::Ios if says("iPad") => DeviceForm::Tablet,
        DeviceSystem::Ios => DeviceForm::Phone,
        DeviceSystem::Windows | DeviceSystem::Macos | DeviceSystem::Linux => DeviceForm::Computer,
        DeviceSystem::Other => DeviceForm::Other,
    };
    // Every browser names those it wants to be taken for, and itself last.
    let browser = match () {
        () if says("Firefox/") || says("FxiOS/") => DeviceBrowser::Firefox,
        () if says("Edg") => DeviceBrowser::Edge,
        () if says("Chrome/") || says("Chromium/") || says("CriOS/") => DeviceBrowser::Chrome,
        () if says("Safari/") => DeviceBrowser::Safari,
        () => DeviceBrowser::Other,
    };
    DeviceKind { form, system, browser }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_by_its_last_name_and_a_phone_by_its_first() {
        for (agent, words) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "computer linux firefox",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "phone android chrome",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "tablet android chrome",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "phone ios safari",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                "computer windows edge",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
                "computer macos safari",
            ),
            ("", "other other other"),
            ("curl/8", "other other other"),
        ] {
            assert_eq!(kind_of(agent).words(), words, "{agent}");
        }
    }
}
