invitations-title = Invitations
invitations-none = Everyone who was invited has come.
invitations-no-mail = There is no mail server, so nobody gets these invitations. The administrator of this Muster sets smtp_host.
invitations-kept = Mails of the demo are kept here:
invitations-sent = Sent
invitations-queued = On its way
invitations-resend = Send again
invitations-revoke = Revoke
invitations-confirm = Revoke the invitation of { $email }?
invite-title = Invite people
invite-addresses = E-mail addresses
invite-addresses-about = One or several, with commas or line breaks between them.
invite-department = Department
invite-do = Send invitations
invite-how-many = Enter at least one address and at most { $count }.
invite-wrong-email = this is no e-mail address
invite-taken = someone has this address already
invite-too-many = there is no place for more people
invite-invited = { $count ->
    [one] { $count } person was invited.
   *[other] { $count } people were invited.
  }
join-title = Welcome to Muster
join-about = Choose a password, and you are in.
join-name = First name
join-last-name = Last name
join-name-missing = Please enter your first name.
join-do = Register
done-invited = The invitation is on its way.
done-invitation-revoked = The invitation is revoked.
