//! Those who work in a practice: links with which they make their own accounts, roles, and leaving.
//!
//! Whoever invites never knows a colleague's passphrase, and never types their address: the link goes to the person, and the person makes
//! the account. The operator begins a practice the same way, with a link for its first administrator ([`Identity::new_practice`]).

use protocol::api::{AccountRole, DeviceKind, Leave, ProblemCode, Welcome};
use protocol::{AccountId, ColleagueLinkId, ParticipantId, PracticeId, Private, RoomId};

use super::sign_in::Started;
use super::{Identity, No, account_id, fields, millis, passphrase, secret};
use crate::access::Roles;
use crate::audit::{By, Does, Record, Subject, Thing};
use crate::config::NetworkKey;
use crate::limits;
use crate::store::directory::{
    Account, ColleagueError, ColleagueLink, KeepError, Left, NewColleague, NewColleagueLink, Strength,
};

impl From<KeepError> for No {
    fn from(why: KeepError) -> Self {
        match why {
            KeepError::LastAdministrator => ProblemCode::LastAdministrator.into(),
            KeepError::NoLead => ProblemCode::NoLead.into(),
            KeepError::NotToOneself => Self::because(
                ProblemCode::NotPermitted,
                "You do not belong to these groups. Somebody else has to take them over.",
            ),
            KeepError::Fault(fault) => fault.into(),
        }
    }
}

impl Identity {
    /// Begin a practice: for the operator. Gives it with the secret of the link for its first administrator.
    pub async fn new_practice(&self, name: Option<&str>) -> Result<(PracticeId, Private<String>), No> {
        if self.is_first_run().await? {
            return Err(No::because(
                ProblemCode::NotFound,
                "Set this server up first, with the link that it prints when it starts",
            ));
        }
        if self.store.practices().await?.len() >= limits::MAX_PRACTICES {
            return Err(ProblemCode::Full.into());
        }
        let name = name.map(|name| fields::title(&name.into())).transpose()?;
        let practice = PracticeId::from_bits(secret::random_bits());
        self.store.create_practice(practice, name.as_ref(), self.now()).await?;
        let (_, text) = self.administrators_link(practice).await?;
        Ok((practice, text))
    }

    /// Another link for an administrator of a practice: for the operator, when the first was lost or nobody is left who could make one.
    pub async fn administrators_link(&self, practice: PracticeId) -> Result<(ColleagueLink, Private<String>), No> {
        let known = self.store.practices().await?;
        if known.iter().all(|one| one.practice != practice) {
            return Err(ProblemCode::NotFound.into());
        }
        if self.store.colleague_links(practice, self.now()).await?.len() >= limits::MAX_COLLEAGUE_LINKS {
            return Err(ProblemCode::Full.into());
        }
        let roles = [AccountRole::Administrator, AccountRole::Facilitator];
        let made = self.colleague_link(practice, &roles).await?;
        let record = Record {
            at: self.now(),
            by: By::Nobody,
            cut_off: false,
            does: Does::Writes,
            granted: true,
            more: 0,
            subject: Subject {
                link: Some(made.0.link),
                ..Subject::default()
            },
            thing: Thing::ColleagueLink,
        };
        self.store.append_audit(practice, &[record.header()]).await?;
        Ok(made)
    }

    /// Make a link for a colleague. Gives it with its secret, which is known to nobody after this.
    pub(crate) async fn invite_colleague(
        &self,
        by: &Account,
        roles: &[AccountRole],
    ) -> Result<(ColleagueLink, Private<String>), No> {
        if !by.recovery_saved {
            return Err(ProblemCode::RecoveryUnsaved.into());
        }
        let (people, links) = (
            self.store.colleagues(by.practice).await?.len(),
            self.store.colleague_links(by.practice, self.now()).await?.len(),
        );
        if people >= limits::MAX_COLLEAGUES || links >= limits::MAX_COLLEAGUE_LINKS {
            return Err(ProblemCode::Full.into());
        }
        self.colleague_link(by.practice, &some(roles)?).await
    }

    async fn colleague_link(
        &self,
        practice: PracticeId,
        roles: &[AccountRole],
    ) -> Result<(ColleagueLink, Private<String>), No> {
        let (text, secret_hash) = secret::draw();
        let at = self.now();
        let link = ColleagueLink {
            link: ColleagueLinkId::from_bits(secret::random_bits()),
            roles: roles.to_vec(),
            created_at: at,
            ends_at: at.plus_millis(millis(limits::COLLEAGUE_LINK_LIFE)),
        };
        self.store
            .create_colleague_link(NewColleagueLink {
                practice,
                link: link.link,
                roles: link.roles.clone(),
                secret_hash,
                at,
                ends_at: link.ends_at,
            })
            .await?;
        Ok((link, text))
    }

    /// A colleague makes their account with their link, and is signed in.
    pub(crate) async fn welcome(&self, form: &Welcome, device: DeviceKind, network: NetworkKey) -> Result<Started, No> {
        let (name, email) = (fields::name(&form.name)?, fields::email(&form.email)?);
        // First what the form itself can answer for, so that a link is not used up by a short passphrase.
        let accepted = passphrase::accept(&form.passphrase, &[&email, &name])?;
        let at = self.now();
        self.wrong_links.take(network, at).map_err(|wait| No::wait(wait.0))?;
        let secret_hash = secret::read(form.secret.expose()).ok_or(No::from(ProblemCode::LinkInvalid))?;
        let password_hash = self.hasher.hash(accepted).await?;
        let account = account_id();
        let new = NewColleague {
            secret_hash,
            account,
            name,
            email,
            password_hash,
            at,
            second_factor_due: at.plus_millis(millis(limits::SECOND_FACTOR_GRACE)),
        };
        self.store.make_colleague(new).await.map_err(|why| match why {
            ColleagueError::Invalid => ProblemCode::LinkInvalid.into(),
            ColleagueError::AddressTaken => ProblemCode::AddressTaken.into(),
            ColleagueError::Fault(fault) => No::from(fault),
        })?;
        self.wrong_links.give_back(network);
        tracing::info!("a colleague made their account");
        let account = self.store.account(account).await?;
        let account = account.ok_or(No::from(ProblemCode::Internal))?;
        self.start(&account, Strength::OneFactor, device).await
    }

    /// Give an account other roles. Gives the places that end by it: their sockets are the caller's to close.
    pub(crate) async fn set_roles(
        &self,
        practice: PracticeId,
        account: AccountId,
        roles: &[AccountRole],
    ) -> Result<Vec<(RoomId, ParticipantId)>, No> {
        let roles = some(roles)?;
        let covers = |part| Roles::of(&roles).covers(part);
        Ok(self
            .store
            .set_roles(practice, account, &roles, covers, self.now())
            .await?)
    }

    /// Take an account out. When this returns its logins have ended; the sockets behind them are the caller's to close.
    pub(crate) async fn take_out(&self, by: &Account, account: AccountId, form: &Leave) -> Result<Left, No> {
        if let Some(next) = form.hand_over_to {
            let found = self.store.account(next).await?;
            let fits = found.is_some_and(|found| {
                found.practice == by.practice && Roles::of(&found.roles).facilitator && next != account
            });
            if !fits {
                return Err(No::field("Groups can be handed to a facilitator of this practice."));
            }
        }
        let left = self
            .store
            .take_out(by.practice, account, by.account, form.hand_over_to, self.now())
            .await?;
        left.logins.iter().for_each(|login| self.activity.forget(*login));
        tracing::info!("an account was taken out");
        Ok(left)
    }
}

/// At least one role, each once.
fn some(roles: &[AccountRole]) -> Result<Vec<AccountRole>, No> {
    match Roles::of(roles).words() {
        words if words.is_empty() => Err(No::field("Choose at least one role.")),
        words => Ok(words),
    }
}
